using Codec.Client;
using Codec.Client.Testing;
using Codec.Frames;
using Codec.Samples.Forwarder;

namespace Codec.Samples.Tests;

/// <summary>Tests the forwarder as its developer does: against servers in memory.</summary>
public sealed class ForwarderTests
{
    private const string Channel = "cameras";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Forwarding_ImagesOfTwoQualities_ArriveWithTheirKeysAndPixels()
    {
        using var source = new InMemoryClient(new InMemoryServer());
        using var target = new InMemoryClient(new InMemoryServer());
        await source.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync(source, 2, "door", "gate");
        await PublishAsync(source, 5, "roof");
        using var forwarding = new Forwarding(source, target, Channel);

        await forwarding.StartAsync(Token);
        await target.CreateChannelAsync(Channel, cancellationToken: Token);
        DecodedImage[] received = await TakeAsync(target, 3);
        await PublishAsync(source, 5, "yard");
        DecodedImage later = (await TakeAsync(target, 4))[3];
        await forwarding.StopAsync(Token);

        DecodedImage[] sent = await TakeAsync(source, 4);
        Assert.Equal(["door", "gate", "roof", "yard"], [.. received.Select(image => image.Key), later.Key]);
        Assert.Equal([2, 2, 5, 5], [.. received.Select(image => image.Quality), later.Quality]);
        Assert.All(received.Append(later).Zip(sent), pair => Assert.Equal(pair.Second.Pixels.ToArray(), pair.First.Pixels.ToArray()));
    }

    [Fact]
    public async Task Forwarding_Restarted_ContinuesAfterTheLastFrame()
    {
        using var source = new InMemoryClient(new InMemoryServer());
        await source.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync(source, 2, "door", "gate");
        await source.CommitAsync(Channel, "forwarder", sequence: 1, Token);
        using var target = new InMemoryClient(new InMemoryServer());
        await target.CreateChannelAsync(Channel, cancellationToken: Token);
        using var forwarding = new Forwarding(source, target, Channel);

        await forwarding.StartAsync(Token);

        Assert.Equal("gate", (await TakeAsync(target, 1))[0].Key);
        await forwarding.StopAsync(Token);
    }

    private static async Task PublishAsync(CodecClient client, int quality, params string[] keys)
    {
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, "photos", quality, cancellationToken: Token);
        foreach (string key in keys)
        {
            byte[] pixels = [.. Enumerable.Range(0, 32 * 24 * 3).Select(i => (byte)(i * key.Length))];
            await publisher.PublishAsync(ImageSource.FromPixels(pixels, 32, 24), new CodeInfo { Key = key }, Token);
        }
    }

    private static async Task<DecodedImage[]> TakeAsync(CodecClient client, int count)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        return await client.SubscribeAsync(Channel, SubscribeFrom.Start, limit.Token).Take(count).ToArrayAsync(limit.Token);
    }
}
