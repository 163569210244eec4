using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Testing.Tests;

/// <summary>The server in memory does what the service does, as far as docs/client.md says.</summary>
public sealed class InMemoryTests : IDisposable
{
    private const string Channel = "cameras";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly InMemoryServer _server;
    private readonly InMemoryClient _client;

    public InMemoryTests()
    {
        _server = new InMemoryServer(_time);
        _client = new InMemoryClient(_server);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_PublishedImages_DecodesWhatTheModelDecodes()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync("door", "gate");
        CodecModel model = await _client.GetLocalModelAsync("photos", cancellationToken: Token);

        DecodedImage[] images = await TakeAsync(new SubscribeOptions { From = SubscribeFrom.Start, StoredTimes = true }, 2);

        Assert.Equal(["door", "gate"], images.Select(image => image.Key));
        Assert.Equal([1, 2], images.Select(image => image.Sequence));
        Assert.Equal(_time.GetUtcNow(), images[0].Info.StoredAt);
        byte[] code = model.Encode(Pixels("door"), 32, 24, 4);
        Assert.Equal(model.Decode(code, 4).Samples, images[0].Pixels.ToArray());
        Assert.Null((await TakeAsync(SubscribeFrom.Start, 1))[0].Info.StoredAt);
        EncodedImage encoded = await _client.EncodeAsync(ImageSource.FromPixels(Pixels("door"), 32, 24), "photos", 4, Token);
        Assert.Equal(code, encoded.Code.ToArray());
    }

    [Fact]
    public async Task EncodeAndPublish_WithAnEffort_EncodeWithIt()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        CodecModel model = await _client.GetLocalModelAsync("photos", cancellationToken: Token);
        ImageSource image = ImageSource.FromPixels(Pixels("door"), 32, 24);
        var options = new PublisherOptions { Effort = 1 };
        await using (ChannelPublisher publisher = await _client.OpenPublisherAsync(Channel, "photos", 4, options, Token))
            await publisher.PublishAsync(image, cancellationToken: Token);

        EncodedImage encoded = await _client.EncodeAsync(image, "photos", 4, effort: 1, Token);
        ReceivedFrame frame = await _client.SubscribeCodesAsync(Channel, SubscribeFrom.Start, Token).FirstAsync(Token);

        byte[] code = model.Encode(Pixels("door"), 32, 24, 4, effort: 1);
        Assert.Equal(code, encoded.Code.ToArray());
        Assert.Equal(code, frame.Codes[0].ToArray());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.EncodeAsync(image, "photos", 4, effort: 9, Token));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            _client.OpenPublisherAsync(Channel, "photos", 4, new PublisherOptions { Effort = 9 }, Token)
        );
    }

    [Fact]
    public async Task Subscribe_EachStart_BeginsThere()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync("door", "gate");
        _time.Advance(TimeSpan.FromMinutes(1));
        DateTimeOffset later = _time.GetUtcNow();
        await PublishAsync("door", "yard-1");

        await ReceivesAsync(SubscribeFrom.At(2), 2, 3, 4);
        await ReceivesAsync(SubscribeFrom.Last(1), 4);
        await ReceivesAsync(SubscribeFrom.Time(later), 3, 4);
        await ReceivesAsync(SubscribeFrom.LatestOfEachKey, 2, 3, 4);
        await ReceivesAsync(new SubscribeOptions { From = SubscribeFrom.Start, Keys = ["door"] }, 1, 3);
        await ReceivesAsync(new SubscribeOptions { From = SubscribeFrom.Start, KeyPrefixes = ["yard"] }, 4);
        var outside = await Assert.ThrowsAsync<SequenceException>(() => TakeAsync(SubscribeFrom.At(6), 1));
        Assert.Equal((1, 5), (outside.FirstSequence, outside.NextSequence));
    }

    [Fact]
    public async Task Subscribe_FromNow_WaitsForTheNextImage()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync("door");
        await using IAsyncEnumerator<DecodedImage> images = _client
            .SubscribeAsync(Channel, SubscribeFrom.Now, Token)
            .GetAsyncEnumerator(Token);
        ValueTask<bool> waiting = images.MoveNextAsync();
        Assert.False(waiting.IsCompleted);
        await PublishAsync("gate");
        Assert.True(await waiting.AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Equal("gate", images.Current.Key);
        ValueTask<bool> deleted = images.MoveNextAsync();
        await _client.DeleteChannelAsync(Channel, Token);
        await Assert.ThrowsAsync<NotFoundException>(() => deleted.AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token));
    }

    [Fact]
    public async Task Publish_RefusedItems_SurfaceOnceAndTheOthersAreStored()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        await using ChannelPublisher publisher = await _client.OpenPublisherAsync(Channel, "photos", 4, cancellationToken: Token);
        ImageSource file = ImageSource.FromFile(new byte[] { 1 });
        ImageSource good = ImageSource.FromPixels(Pixels("door"), 32, 24);

        await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.PublishAsync(file, cancellationToken: Token));
        OutgoingImage[] both = [new(file), new(good)];
        PublishResult[] results = await publisher.PublishAllAsync(both.ToAsyncEnumerable(), Token).ToArrayAsync(Token);
        await publisher.SendImageAsync(file, cancellationToken: Token);
        await publisher.SendCodeAsync(new byte[] { 255, 255, 255, 255 }, cancellationToken: Token);

        Assert.Equal([false, true], results.Select(result => result.IsStored));
        Assert.Equal(2, (await Assert.ThrowsAsync<UnacknowledgedItemsException>(() => publisher.FlushAsync(Token))).Failures.Count);
        await publisher.FlushAsync(Token);
        _server.ReadFile = _ => new Raster(32, 24, 3, Pixels("door"));
        Assert.Equal(2, (await publisher.PublishAsync(file, cancellationToken: Token)).FirstSequence);
        await Assert.ThrowsAsync<InvalidRequestException>(() =>
            _client.OpenPublisherAsync(Channel, "photos", 60, cancellationToken: Token)
        );
        await Assert.ThrowsAsync<NotFoundException>(() => _client.OpenPublisherAsync("none", "photos", 4, cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => _client.OpenPublisherAsync(Channel, "none", 4, cancellationToken: Token));
    }

    [Fact]
    public async Task SubscribeCodes_Frames_ArePublishedAgain()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync("door", "gate");
        await _client.CreateChannelAsync("copy", cancellationToken: Token);
        ReceivedFrame[] frames = await _client.SubscribeCodesAsync(Channel, SubscribeFrom.Start, Token).Take(2).ToArrayAsync(Token);
        await using (ChannelPublisher copy = await _client.OpenPublisherAsync("copy", "photos", 4, cancellationToken: Token))
        {
            foreach (ReceivedFrame frame in frames)
                await copy.SendFrameAsync(frame.Frame, Token);
            await copy.SendCodeAsync(frames[0].Codes[0], new CodeInfo { Key = "again" }, Token);
        }

        DecodedImage[] images = await _client.SubscribeAsync("copy", SubscribeFrom.Start, Token).Take(3).ToArrayAsync(Token);
        Assert.Equal(["door", "gate", "again"], images.Select(image => image.Key));
        Assert.Equal(images[0].Pixels.ToArray(), images[2].Pixels.ToArray());
    }

    [Fact]
    public async Task Consumer_Committed_ContinuesThere()
    {
        await _client.CreateChannelAsync(Channel, cancellationToken: Token);
        await PublishAsync("door", "gate", "roof");
        var options = new SubscribeOptions
        {
            From = SubscribeFrom.Start,
            Consumer = "app",
            AutoCommitInterval = TimeSpan.FromSeconds(1),
        };

        await ReceivesAsync(options, 1, 2);
        Assert.Equal(2, (await _client.ListConsumersAsync(Channel, Token)).Single().NextSequence);
        await _client.CommitAsync(Channel, "app", 2, Token);
        await ReceivesAsync(options, 3);
        await _client.SeekConsumerAsync(Channel, "app", 1, Token);
        await ReceivesAsync(options, 1);
        await _client.DeleteConsumerAsync(Channel, "app", Token);
        await Assert.ThrowsAsync<NotFoundException>(() => _client.DeleteConsumerAsync(Channel, "app", Token));
    }

    [Fact]
    public async Task Retention_EachBound_DropsTheOldest()
    {
        var retention = new ChannelRetention
        {
            Codes = 3,
            Age = TimeSpan.FromHours(1),
            LatestOfEachKey = true,
        };
        await _client.CreateChannelAsync(Channel, retention, Token);
        await Assert.ThrowsAsync<ConflictException>(() => _client.CreateChannelAsync(Channel, cancellationToken: Token));
        await PublishAsync("door", "gate", "door");
        await ReceivesAsync(SubscribeFrom.Start, 2, 3);
        await PublishAsync("roof", "yard");
        await ReceivesAsync(SubscribeFrom.Start, 3, 4, 5);
        _time.Advance(TimeSpan.FromHours(2));
        ChannelInfo info = (await _client.ListChannelsAsync(Token)).Single();
        Assert.Equal((6, 6, 0), (info.FirstSequence, info.NextSequence, info.Codes));
    }

    [Fact]
    public async Task Models_Added_AreLiveAndListed()
    {
        ModelPackage small = SmallModel.Create();
        VersionInfo version = await _client.UploadModelAsync(small, cancellationToken: Token);
        await Assert.ThrowsAsync<NotFoundException>(() => _client.GetLocalModelAsync("small-8", cancellationToken: Token));
        AliasInfo alias = await _client.SetAliasAsync("small-8", "live", version.Digest, expectedRevision: 0, Token);
        await Assert.ThrowsAsync<ConflictException>(() => _client.SetAliasAsync("small-8", "live", version.Digest, 7, Token));
        _server.AddModel(SmallModel.Create(note: "second"));

        Assert.Equal(1, alias.Revision);
        Assert.Equal(2, (await _client.ListAliasesAsync("small-8", Token)).Single().Revision);
        Assert.Equal(["photos", "small-8"], (await _client.ListModelsAsync(Token)).Select(model => model.Name));
        Assert.Equal(2, (await _client.ListVersionsAsync("small-8", Token)).Count);
        Assert.Equal(small.Version, (await _client.DownloadModelAsync($"small-8@sha256:{small.Version}", Token)).Version);
        await _client.PingAsync(Token);
        Assert.Equal(ConnectionState.Connected, _client.ConnectionState);
        Assert.Same(_client, _client.WithCallTimeout(TimeSpan.FromSeconds(1)));
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.ListAliasHistoryAsync("small-8", "live", Token));
    }

    public void Dispose() => _client.Dispose();

    private async Task PublishAsync(params string[] keys)
    {
        await using ChannelPublisher publisher = await _client.OpenPublisherAsync(Channel, "photos", 4, cancellationToken: Token);
        foreach (string key in keys)
            await publisher.PublishAsync(ImageSource.FromPixels(Pixels(key), 32, 24), new CodeInfo { Key = key }, Token);
    }

    private async Task<DecodedImage[]> TakeAsync(SubscribeOptions options, int count) =>
        await _client.SubscribeAsync(Channel, options, Token).Take(count).ToArrayAsync(Token);

    private async Task ReceivesAsync(SubscribeOptions options, params long[] sequences) =>
        Assert.Equal(sequences, (await TakeAsync(options, sequences.Length)).Select(image => image.Sequence));

    private static byte[] Pixels(string key) => [.. Enumerable.Range(0, 32 * 24 * 3).Select(i => (byte)(i * key.Length + key[0]))];
}
