using System.Collections.Concurrent;
using System.Globalization;
using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Processes;

/// <summary>
/// kill -9 and restart of the real server, twenty times, under several publishers, named consumers and an alias that moves: nothing is
/// lost, doubled or out of order, and no pixel is wrong.
/// </summary>
public sealed class KillRestartTests : IDisposable
{
    private const string Channel = "cameras";
    private const int Kills = 20;
    private const int Quality = 1;
    private static readonly string[] Publishers = ["front", "back", "yard"];
    private static readonly ModelPackage[] Packages = [SmallModel.Create(note: "first"), SmallModel.Create(note: "second", step: 9f)];

    private readonly ConcurrentDictionary<(string Publisher, int Index), long> _acknowledged = new();
    private readonly CancellationTokenSource _stopPublishing = new();
    private int _acknowledgements;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KillAndRestart_UnderPublishersAndConsumers_LosesAndDoublesNothing()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using (CodecClient client = Clients.Create(server.Address))
        {
            foreach (ModelPackage package in Packages)
                await client.UploadModelAsync(package, cancellationToken: Ct);
            await client.SetAliasAsync("small-8", "live", Packages[0].Version, cancellationToken: Ct);
            await client.CreateChannelAsync(Channel, cancellationToken: Ct);
        }

        Task<int>[] publishing = [.. Publishers.Select(name => PublishAsync(server.Address, name))];
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<List<Received>>[] consuming =
        [
            ConsumeAsync(server.Address, "committing", null, done.Task),
            ConsumeAsync(server.Address, "automatic", TimeSpan.FromMilliseconds(20), done.Task),
        ];
        var random = new Random(20261125);
        for (int kill = 0; kill < Kills; kill++)
        {
            int target = Volatile.Read(ref _acknowledgements) + random.Next(1, 60);
            while (Volatile.Read(ref _acknowledgements) < target)
            {
                if (publishing.Concat<Task>(consuming).FirstOrDefault(task => task.IsCompleted) is { } ended)
                    await ended;
                await Task.Delay(1, Ct);
            }

            await server.KillAndRestartAsync(Ct);
            if (kill % 2 == 0)
                await MoveAliasAsync(server.Address, Packages[(kill / 2 + 1) % 2].Version);
        }

        await _stopPublishing.CancelAsync();
        int[] published = await Task.WhenAll(publishing);
        // Publish one more image after the last number is known: a consumer that already has everything would wait for more.
        done.SetResult(published.Sum() + 1);
        await PublishLastAsync(server.Address, Publishers[0], published[0]++);
        List<Received>[] received = await Task.WhenAll(consuming);

        Assert.All(published, count => Assert.True(count > Kills, $"Only {count} images were published."));
        Assert.All(received, log => Verify(log, published));
    }

    [Fact]
    public async Task SecondPublisherOfAName_FencesTheFirst_AcrossARestart()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Ct);
        var options = new PublisherOptions { Producer = "camera" };
        await using ChannelPublisher older = await client.OpenPublisherAsync(Channel, "small-8", Quality, options, Ct);
        Assert.Equal(1, (await older.PublishAsync(Clients.Source(1), cancellationToken: Ct)).FirstSequence);
        await using ChannelPublisher newer = await client.OpenPublisherAsync(Channel, "small-8", Quality, options, Ct);
        Assert.Equal(1, newer.ResumedAfter);

        await server.KillAndRestartAsync(Ct);

        await Assert.ThrowsAsync<ProducerFencedException>(() => older.PublishAsync(Clients.Source(2), cancellationToken: Ct));
        Assert.Equal(2, (await newer.PublishAsync(Clients.Source(3), cancellationToken: Ct)).FirstSequence);
        DecodedImage[] images = [.. await client.SubscribeAsync(Channel, SubscribeFrom.Start, Ct).FirstAsync(2)];
        Assert.Equal(Expected(images[1].Version, 3), images[1].Pixels.ToArray());
    }

    public void Dispose() => _stopPublishing.Dispose();

    /// <summary>
    /// Publishes until the stop, with publishers that are closed and reopened under the same name; returns the number of images.
    /// </summary>
    private async Task<int> PublishAsync(string address, string name)
    {
        using CodecClient client = Clients.Create(address);
        int next = 0;
        while (!_stopPublishing.IsCancellationRequested)
        {
            await using ChannelPublisher publisher = await client.OpenPublisherAsync(
                Channel,
                "small-8",
                Quality,
                new PublisherOptions { Producer = name },
                Ct
            );
            Assert.Equal(next, publisher.ResumedAfter);
            int first = next;
            await foreach (PublishResult result in publisher.PublishAllAsync(Images(name, first), Ct))
            {
                Assert.True(result.IsStored, result.Error?.ToString());
                Assert.True(_acknowledged.TryAdd((name, next++), result.Acknowledgement.Value.FirstSequence));
                Interlocked.Increment(ref _acknowledgements);
            }
        }

        return next;
    }

    private async Task PublishLastAsync(string address, string name, int index)
    {
        using CodecClient client = Clients.Create(address);
        var options = new PublisherOptions { Producer = name };
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, "small-8", Quality, options, Ct);
        OutgoingImage image = Image(name, index, SmallModel.Image(Seed(name, index)));
        _acknowledged[(name, index)] = (await publisher.PublishAsync(image.Image, image.Info, Ct)).FirstSequence;
    }

    private static OutgoingImage Image(string name, int index, byte[] pixels) =>
        new(
            ImageSource.FromPixels(pixels, SmallModel.Side, SmallModel.Side),
            new CodeInfo
            {
                Key = name,
                Headers = new Dictionary<string, string> { ["index"] = index.ToString(CultureInfo.InvariantCulture) },
            }
        );

    private async IAsyncEnumerable<OutgoingImage> Images(string name, int first)
    {
        byte[] reused = new byte[SmallModel.Geometry.Samples];
        for (int i = first; i < first + 80 && !_stopPublishing.IsCancellationRequested; i++)
        {
            // One array for all images: the publisher copies it.
            SmallModel.Image(Seed(name, i)).CopyTo(reused, 0);
            yield return Image(name, i, reused);
            await Task.Yield();
        }
    }

    /// <summary>
    /// Reads the channel as a named consumer that is closed now and then and resumes at its committed position; returns all images.
    /// </summary>
    private static async Task<List<Received>> ConsumeAsync(string address, string consumer, TimeSpan? autoCommit, Task<long> total)
    {
        var log = new List<Received>();
        var random = new Random(consumer.Length);
        while (true)
        {
            using CodecClient client = Clients.Create(address);
            var options = new SubscribeOptions
            {
                From = SubscribeFrom.Start,
                Consumer = consumer,
                AutoCommitInterval = autoCommit,
            };
            int left = random.Next(50, 200);
            long previous = -1;
            await foreach (DecodedImage image in client.SubscribeAsync(Channel, options, Ct))
            {
                if (previous >= 0)
                    Assert.Equal(previous + 1, image.Sequence);
                previous = image.Sequence;
                log.Add(
                    new Received(
                        image.Sequence,
                        image.Info.Key!,
                        int.Parse(image.Info.Headers["index"], CultureInfo.InvariantCulture),
                        image.Version,
                        Digest.Of(image.Pixels.Span)
                    )
                );
                if (autoCommit is null && random.Next(10) == 0)
                    await client.CommitAsync(Channel, consumer, image.Sequence, Ct);
                if (total.IsCompletedSuccessfully && image.Sequence >= await total)
                    return log;
                if (--left == 0)
                    break;
            }
        }
    }

    private void Verify(List<Received> log, int[] published)
    {
        // At least once: an image that is delivered again after a consumer was reopened equals the first.
        Received[] distinct = [.. log.Distinct().OrderBy(item => item.Sequence)];
        Assert.Equal(Enumerable.Range(1, published.Sum()).Select(i => (long)i), distinct.Select(item => item.Sequence));
        for (int p = 0; p < Publishers.Length; p++)
        {
            Received[] own = [.. distinct.Where(item => item.Publisher == Publishers[p])];
            Assert.Equal(Enumerable.Range(0, published[p]), own.Select(item => item.Index));
            Assert.All(own, item => Assert.Equal(_acknowledged[(item.Publisher, item.Index)], item.Sequence));
        }

        Assert.Equal(2, distinct.Select(item => item.Version).Distinct().Count());
        Assert.All(distinct, item => Assert.Equal(Digest.Of(Expected(item.Version, Seed(item.Publisher, item.Index))), item.Pixels));
    }

    private static int Seed(string publisher, int index) => Array.IndexOf(Publishers, publisher) * 100_000 + index;

    private static readonly Dictionary<Digest, CodecModel> Models = Packages.ToDictionary(package => package.Version, CodecModel.Load);

    private static byte[] Expected(Digest version, int seed)
    {
        if (!Models.TryGetValue(version, out CodecModel? model))
            Models.Add(version, model = CodecModel.Load(SmallModel.Create()));
        return model.Decode(model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, Quality), Quality).Samples;
    }

    private static async Task MoveAliasAsync(string address, Digest version)
    {
        using CodecClient client = Clients.Create(address);
        AliasInfo alias = Assert.Single(await client.ListAliasesAsync("small-8", Ct));
        if (alias.Version != version)
            await client.SetAliasAsync("small-8", "live", version, alias.Revision, Ct);
    }

    private sealed record Received(long Sequence, string Publisher, int Index, Digest Version, Digest Pixels);
}
