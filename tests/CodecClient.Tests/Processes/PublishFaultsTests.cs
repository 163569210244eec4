using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Microsoft.Data.Sqlite;

namespace Codec.Client.Tests.Processes;

/// <summary>
/// Faults between a publisher and the real server: no image is lost silently, and nothing hangs.
/// </summary>
public sealed class PublishFaultsTests
{
    private const string Channel = "faces";
    private const string Model = "small-8";
    private const int Quality = 1;
    private const int Side = SmallModel.Side;

    private static readonly CodecModel Local = CodecModel.Load(SmallModel.Create());

    /// <summary>Starts like a JPEG file, but is not one.</summary>
    private static readonly byte[] Damaged = [0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 2, 3];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SendImage_OneBadFileOfElevenAndNoFlush_StoresTenAndDisposeThrows()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, cancellationToken: Token);
        for (int i = 0; i < 11; i++)
            await publisher.SendImageAsync(i == 4 ? ImageSource.FromFile(Damaged) : Clients.Source(i), cancellationToken: Token);

        await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.DisposeAsync().AsTask().SoonAsync());

        await AssertStoredAsync(client, [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]);
    }

    [Fact]
    public async Task Send_FileLargerThanTheServerAccepts_IsRefusedAlone()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        ImageSource large = ImageSource.BorrowFile(new byte[24 << 20]);
        var options = new PublisherOptions { Producer = "camera" };
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, options, Token))
        {
            await publisher.PublishSoonAsync(0);
            var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.PublishAsync(large, null, Token).SoonAsync());
            Assert.Contains("the server accepts 25165824", refusal.Message, StringComparison.Ordinal);
            await publisher.PublishSoonAsync(1);
        }

        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, options, Token))
        {
            Assert.Equal(3, publisher.ResumedAfter);
            await publisher.PublishSoonAsync(2);
        }

        IAsyncEnumerable<ImageSource> sources = new[] { large, Clients.Source(1) }.ToAsyncEnumerable();
        List<EncodeResult> results = await client.EncodeAllAsync(sources, Model, Quality, Token).ToListSoonAsync();
        Assert.Equal([false, true], results.Select(result => result.IsEncoded));
        await Assert.ThrowsAsync<InvalidRequestException>(() => client.EncodeAsync(large, Model, Quality, Token).SoonAsync());
        await AssertStoredAsync(client, [0, 1, 2]);
    }

    [Fact]
    public async Task PublishAll_FolderWithADamagedFile_RefusesThatOneAlone()
    {
        using var folder = new TemporaryDirectory();
        for (int i = 0; i < 8; i++)
        {
            byte[] file = i == 3 ? Damaged : ImageFile.EncodePng(new Raster(Side, Side, 3, SmallModel.Image(i)));
            await File.WriteAllBytesAsync(folder.File($"{i}.png"), file, Token);
        }

        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        var results = new List<PublishResult>();
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, cancellationToken: Token))
        {
            await foreach (PublishResult result in publisher.PublishAllAsync(FilesAsync(folder.Path), Token))
                results.Add(result);
        }

        Assert.Equal(Enumerable.Range(0, 8).Select(i => (long)i), results.Select(result => result.Index));
        Assert.Equal([3L], results.Where(result => !result.IsStored).Select(result => result.Index));
        Assert.IsType<InvalidRequestException>(results[3].Error);
        Assert.All(results.Where(result => result.IsStored), result => Assert.Equal(1, result.Acknowledgement!.Value.Count));
        await AssertStoredAsync(client, [0, 1, 2, 4, 5, 6, 7]);
    }

    [Fact]
    public async Task SendImage_OnePixelArrayForAll_StoresEachAsItWas()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        byte[] pixels = new byte[SmallModel.Geometry.Samples];
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, cancellationToken: Token))
        {
            for (int i = 0; i < 40; i++)
            {
                SmallModel.Image(i).CopyTo(pixels, 0);
                await publisher.SendImageAsync(ImageSource.FromPixels(pixels, Side, Side), cancellationToken: Token);
            }

            pixels.AsSpan().Clear();
            await publisher.FlushAsync(Token);
        }

        await AssertStoredAsync(client, [.. Enumerable.Range(0, 40)]);
    }

    [Fact]
    public async Task Flush_ServerKilled_FailsAfterTheTimeoutAndNamesTheCause()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        var options = new PublisherOptions { AcknowledgeTimeout = TimeSpan.FromSeconds(1) };
        ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, options, Token);
        await publisher.PublishSoonAsync(1);
        await server.KillAsync();
        await publisher.SendAsync(2);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => publisher.FlushAsync(Token).SoonAsync());

        Assert.Contains(server.Address, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", failure.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(PublisherOptions.AcknowledgeTimeout), failure.Message, StringComparison.Ordinal);
        // Flush has reported it.
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    /// <summary>
    /// Filling the 10,000 producers that a channel remembers would take minutes, so the test opens fewer and counts the remaining ones.
    /// </summary>
    [Fact]
    public async Task Publishers_ManyShortLivedOnesWithoutAName_LeaveNoProducer()
    {
        const int Publishers = 2000;
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        await using ChannelPublisher named = await client.OpenPublisherAsync(
            Channel,
            Model,
            Quality,
            new PublisherOptions { Producer = "camera" },
            Token
        );
        await named.PublishSoonAsync(0);
        CodecModel encoder = await named.GetEncoderAsync(Token);
        byte[] code = encoder.Encode(SmallModel.Image(1), Side, Side, Quality);
        var sequences = new ConcurrentBag<long>();

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Publishers),
            parallel,
            async (_, token) =>
            {
                await using ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model, Quality, cancellationToken: token);
                Sent sent = await publisher.SendCodeAsync(code, cancellationToken: token);
                sequences.Add((await sent.Acknowledged).FirstSequence);
            }
        );

        Assert.Equal(Enumerable.Range(2, Publishers).Select(i => (long)i), sequences.Order());
        await server.KillAsync();
        Assert.Equal(["camera"], Producers(server.DataDirectory));
    }

    private static async IAsyncEnumerable<OutgoingImage> FilesAsync(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            yield return new OutgoingImage(ImageSource.FromFile(await File.ReadAllBytesAsync(file, Token)));
    }

    /// <summary>The channel has the images of these seeds, and nothing else.</summary>
    private static async Task AssertStoredAsync(CodecClient client, int[] seeds)
    {
        ChannelInfo channel = Assert.Single(await client.ListChannelsAsync(Token));
        Assert.Equal((1, seeds.Length + 1, seeds.Length), (channel.FirstSequence, channel.NextSequence, channel.Codes));
        List<DecodedImage> images = await client.SubscribeAsync(Channel, SubscribeFrom.Start, Token).FirstAsync(seeds.Length).SoonAsync();
        Assert.Equal(seeds.Select(Expected), images.Select(image => image.Pixels.ToArray()));
    }

    private static byte[] Expected(int seed) => Local.Decode(Local.Encode(SmallModel.Image(seed), Side, Side, Quality), Quality).Samples;

    private static List<string> Producers(string dataDirectory)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(dataDirectory, "channels.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM producers";
        using SqliteDataReader reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }
}
