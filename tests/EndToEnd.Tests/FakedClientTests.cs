using System.Runtime.CompilerServices;
using Codec.Client;
using Codec.Frames;
using Codec.Models;

namespace EndToEnd.Tests;

/// <summary>
/// How an application tests its code without a server: it derives fakes from the client and the publisher. This project sees only the
/// public API. docs/client.md shows the same.
/// </summary>
public sealed class FakedClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscriber_ImagesThenAFailure_ReportsBoth()
    {
        using var client = new FakeClient { Images = [Image(1, "door"), Image(2, "gate"), Image(3, "door")] };
        client.End = new SequenceException(firstSequence: 10, nextSequence: 20, "retention dropped codes");

        (Dictionary<string, long> newest, SequenceException lost) = await Application.FollowAsync(client, "cameras", Token);

        Assert.Equal(("cameras", 3, 2, 10), (client.Subscribed, newest["door"], newest["gate"], lost.FirstSequence));
    }

    [Fact]
    public async Task Producer_OneImageIsRefused_PublishesTheOthers()
    {
        using var client = new FakeClient();

        IReadOnlyList<string> refused = await Application.SendAsync(client, "cameras", ["door", "broken", "gate"], Token);

        Assert.Equal(["broken"], refused);
        Assert.Equal(["door", "gate"], client.Publisher.Published);
        Assert.True(client.Publisher.IsDisposed);
    }

    [Fact]
    public async Task Member_NotOverridden_SaysSo()
    {
        using var client = new FakeClient();
        Assert.Contains(
            nameof(FakeClient),
            (await Assert.ThrowsAsync<NotSupportedException>(() => client.ListModelsAsync(Token))).Message,
            StringComparison.Ordinal
        );
        var failure = await Assert.ThrowsAsync<NotSupportedException>(() => client.Publisher.SendFrameAsync(new byte[1], Token));
        Assert.Equal($"{nameof(FakePublisher)} does not override {nameof(ChannelPublisher.SendFrameAsync)}.", failure.Message);
    }

    [Fact]
    public void ConnectionChanged_RaisedByTheFake_ReachesTheApplication()
    {
        using var client = new FakeClient();
        var states = new List<ConnectionState>();
        client.ConnectionChanged += (_, change) => states.Add(change.State);
        client.LoseTheServer();
        Assert.Equal([ConnectionState.Waiting], states);
    }

    private static DecodedImage Image(long sequence, string key) =>
        new(sequence, "faces-32", Digest.Of([1]), Quality: 1, Width: 1, Height: 1, Channels: 3, new byte[3])
        {
            Info = new CodeInfo { Key = key },
        };

    /// <summary>The code under test.</summary>
    private static class Application
    {
        public static async Task<(Dictionary<string, long> Newest, SequenceException Lost)> FollowAsync(
            CodecClient client,
            string channel,
            CancellationToken cancellationToken
        )
        {
            var newest = new Dictionary<string, long>();
            try
            {
                await foreach (DecodedImage image in client.SubscribeAsync(channel, cancellationToken: cancellationToken))
                    newest[image.Key!] = image.Sequence;
                throw new InvalidOperationException("A subscription has no end.");
            }
            catch (SequenceException exception)
            {
                return (newest, exception);
            }
        }

        public static async Task<IReadOnlyList<string>> SendAsync(
            CodecClient client,
            string channel,
            string[] keys,
            CancellationToken cancellationToken
        )
        {
            var refused = new List<string>();
            await using ChannelPublisher publisher = await client.OpenPublisherAsync(
                channel,
                "faces-32",
                quality: 1,
                cancellationToken: cancellationToken
            );
            foreach (string key in keys)
            {
                try
                {
                    ImageSource image = ImageSource.FromPixels(new byte[3], 1, 1);
                    await publisher.PublishAsync(image, new CodeInfo { Key = key }, cancellationToken);
                }
                catch (InvalidRequestException)
                {
                    refused.Add(key);
                }
            }

            return refused;
        }
    }

    private sealed class FakeClient : CodecClient
    {
        public IReadOnlyList<DecodedImage> Images { get; init; } = [];

        public CodecException? End { get; set; }

        public string? Subscribed { get; private set; }

        public FakePublisher Publisher { get; } = new();

        public void LoseTheServer() =>
            OnConnectionChanged(new ConnectionChangedEventArgs(ConnectionState.Waiting, new UnavailableException(default, "cut")));

        public override IAsyncEnumerable<DecodedImage> SubscribeAsync(
            string channel,
            SubscribeOptions? options = null,
            CancellationToken cancellationToken = default
        )
        {
            Subscribed = channel;
            return PlayAsync(cancellationToken);
        }

        public override Task<ChannelPublisher> OpenPublisherAsync(
            string channel,
            string model,
            int quality,
            PublisherOptions? options = null,
            CancellationToken cancellationToken = default
        ) => Task.FromResult<ChannelPublisher>(Publisher);

        private async IAsyncEnumerable<DecodedImage> PlayAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (DecodedImage image in Images)
                yield return image;
            if (End is not null)
                throw End;
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    private sealed class FakePublisher : ChannelPublisher
    {
        public List<string> Published { get; } = [];

        public bool IsDisposed { get; private set; }

        public override Task<Acknowledgement> PublishAsync(
            ImageSource image,
            CodeInfo? info = null,
            CancellationToken cancellationToken = default
        )
        {
            if (info?.Key == "broken")
                throw new InvalidRequestException(Grpc.Core.StatusCode.InvalidArgument, "the image does not fit the model");
            Published.Add(info!.Key!);
            return Task.FromResult(new Acknowledgement(Published.Count, 1));
        }

        protected override ValueTask FinishAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
