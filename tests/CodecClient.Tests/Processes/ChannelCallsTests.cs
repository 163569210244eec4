using Codec.Client.Tests.Infrastructure;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Processes;

/// <summary>Channels and consumers between the real client and the real server: their reported state.</summary>
public sealed class ChannelCallsTests
{
    private const string Channel = "faces";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Channel_CreatedFilledAndDeleted_ReportsItsState()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        var retention = new ChannelRetention
        {
            Codes = 1000,
            Bytes = 1 << 20,
            Age = TimeSpan.FromHours(1),
            LatestOfEachKey = true,
        };
        DateTimeOffset before = TimeProvider.System.GetUtcNow();

        ChannelInfo created = await client.CreateChannelAsync(Channel, retention, Token);

        Assert.Equal((Channel, 1, 1, 0, 0), (created.Name, created.FirstSequence, created.NextSequence, created.Codes, created.Bytes));
        Assert.Equal((1000, 1 << 20), (created.Retention.Codes, created.Retention.Bytes));
        Assert.Equal((TimeSpan.FromHours(1), true), (created.Retention.Age, created.Retention.LatestOfEachKey));
        Assert.InRange(created.CreatedAt, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
        await Assert.ThrowsAsync<ConflictException>(() => client.CreateChannelAsync(Channel, retention with { Codes = 5 }, Token));

        long bytes = 0;
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, "small-8", 1, cancellationToken: Token))
        {
            Assert.Equal((Channel, 1, 0), (publisher.Channel, publisher.Quality, publisher.ResumedAfter));
            CodecModel encoder = await publisher.GetEncoderAsync(Token);
            for (int i = 0; i < 3; i++)
            {
                byte[] code = encoder.Encode(Codec.Tests.Shared.SmallModel.Image(i), 8, 8, 1);
                bytes += code.Length;
                Acknowledgement stored = await (await publisher.SendCodeAsync(code, cancellationToken: Token)).Acknowledged;
                Assert.Equal((i + 1, 1), (stored.FirstSequence, stored.Count));
            }
        }

        ChannelInfo filled = Assert.Single(await client.ListChannelsAsync(Token));
        Assert.Equal(filled, await client.GetChannelAsync(filled.Name, Token));
        await Assert.ThrowsAsync<NotFoundException>(() => client.GetChannelAsync("another", Token));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetChannelAsync("Not a name", Token));
        Assert.Equal((1, 4, 3, bytes), (filled.FirstSequence, filled.NextSequence, filled.Codes, filled.Bytes));
        DecodedImage image = Assert.Single(await client.SubscribeAsync(Channel, SubscribeFrom.Start, Token).FirstAsync(1));
        Assert.Equal(("small-8", 1, 3), (image.Model, image.Quality, image.Channels));
        ReceivedFrame frame = Assert.Single(await client.SubscribeCodesAsync(Channel, SubscribeFrom.Last(1), Token).FirstAsync(1));
        Assert.Equal([3], frame.Sequences);
        Assert.Equal(1, frame.Quality);

        await client.DeleteChannelAsync(Channel, Token);

        Assert.Empty(await client.ListChannelsAsync(Token));
        await Assert.ThrowsAsync<NotFoundException>(() => client.DeleteChannelAsync(Channel, Token));
    }

    [Fact]
    public async Task Consumer_Committed_ReportsItsPosition()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, "small-8", 1, cancellationToken: Token))
        {
            for (int i = 0; i < 5; i++)
                await publisher.PublishAsync(Clients.Source(i), cancellationToken: Token);
        }

        DateTimeOffset before = TimeProvider.System.GetUtcNow();

        ConsumerInfo committed = await client.CommitAsync(Channel, "wall", 2, Token);

        Assert.Equal(("wall", 3, 3), (committed.Name, committed.NextSequence, committed.Lag));
        Assert.InRange(committed.CommittedAt, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
        Assert.Equal([committed], await client.ListConsumersAsync(Channel, Token));
        var options = new SubscribeOptions { From = SubscribeFrom.Start, Consumer = "wall" };
        Assert.Equal([3, 4, 5], (await client.SubscribeAsync(Channel, options, Token).FirstAsync(3)).Select(image => image.Sequence));
    }
}
