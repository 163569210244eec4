using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

/// <summary>What a subscription requests after its connection is lost, at each point of the protocol.</summary>
public sealed class SubscriptionResumeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<SubscribeFrom, string> Places =>
        new()
        {
            { default, """{ "channel": "c", "now": true }""" },
            { SubscribeFrom.Now, """{ "channel": "c", "now": true }""" },
            { SubscribeFrom.Start, """{ "channel": "c", "start": true }""" },
            { SubscribeFrom.At(7), """{ "channel": "c", "sequence": "7" }""" },
            { SubscribeFrom.Last(3), """{ "channel": "c", "last": "3" }""" },
            { SubscribeFrom.Time(Noon), """{ "channel": "c", "time": "2026-01-02T12:00:00Z" }""" },
            { SubscribeFrom.LatestOfEachKey, """{ "channel": "c", "latestOfEachKey": { } }""" },
        };

    [Theory]
    [MemberData(nameof(Places), DisableDiscoveryEnumeration = true)]
    public async Task Subscribe_LostBeforeThePosition_RequestsTheSameStart(SubscribeFrom from, string request)
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(
            server,
            (_, _) => throw ScriptedServer.Status(StatusCode.Unavailable),
            async (_, sender) =>
            {
                await sender.OpenAsync();
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            FromSeven
        );
        using CodecClient client = Clients.Create(server.Address);

        List<DecodedImage> images = await client.SubscribeAsync("c", from, Token).FirstAsync(2);

        Assert.Equal([7, 8], images.Select(image => image.Sequence));
        Assert.Equal([request, request, request], channel.Requests.Select(sent => sent.ToString()));
    }

    [Theory]
    [MemberData(nameof(Places), DisableDiscoveryEnumeration = true)]
    public async Task Subscribe_LostAfterThePosition_ContinuesAtItsSequence(SubscribeFrom from, string request)
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(7);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (_, sender) =>
            {
                await sender.PositionAsync(7);
                await sender.HeaderAsync(7);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (_, sender) =>
            {
                await sender.PositionAsync(7);
                await sender.HeaderAsync(7);
                await sender.FrameAsync(7, 8);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (sent, sender) =>
            {
                await sender.PositionAsync(sent.Sequence);
                await sender.HeaderAsync(sent.Sequence);
                await sender.FrameAsync(9);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        List<DecodedImage> images = await client.SubscribeAsync("c", from, Token).FirstAsync(3);

        Assert.Equal([7, 8, 9], images.Select(image => image.Sequence));
        Assert.All(images, image => Assert.Equal(Sender.Pixels(image.Sequence), image.Pixels.ToArray()));
        Assert.Equal(request, channel.Requests.First().ToString());
        Assert.Equal([7, 7, 9], channel.Requests.Skip(1).Select(sent => sent.Sequence));
    }

    [Fact]
    public async Task Subscribe_LostAmongTheLatestOfEachKey_ContinuesAfterTheLastReceived()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.HeaderAsync(3);
                await sender.FrameAsync(3, 5);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (_, sender) =>
            {
                await sender.HeaderAsync(11);
                await sender.FrameAsync(11);
                await sender.PositionAsync(20);
                await sender.FrameAsync(20);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (sent, sender) =>
            {
                await sender.PositionAsync(21);
                await sender.HeaderAsync(21);
                await sender.FrameAsync(21);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        List<DecodedImage> images = await client
            .SubscribeAsync("c", new SubscribeOptions { From = SubscribeFrom.LatestOfEachKey, Consumer = "wall" }, Token)
            .FirstAsync(5);

        Assert.Equal([3, 5, 11, 20, 21], images.Select(image => image.Sequence));
        Assert.Equal(
            [
                """{ "channel": "c", "latestOfEachKey": { }, "consumer": "wall" }""",
                """{ "channel": "c", "latestOfEachKey": { "afterSequence": "5" } }""",
                """{ "channel": "c", "sequence": "21" }""",
            ],
            channel.Requests.Select(sent => sent.ToString())
        );
    }

    [Fact]
    public async Task Subscribe_PositionAmongFrames_MovesWhereItContinues()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(4, sparse: true);
                await sender.HeaderAsync(4);
                await sender.FrameAsync(6, 9);
                await sender.PositionAsync(300, sparse: true);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (_, sender) =>
            {
                await sender.PositionAsync(310, sparse: true);
                await sender.HeaderAsync(310);
                await sender.FrameAsync(310, 320);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);
        var options = new SubscribeOptions
        {
            From = SubscribeFrom.Start,
            Keys = ["door"],
            KeyPrefixes = ["hall-"],
            Consumer = "wall",
            StoredTimes = true,
            MaxCodesPerFrame = 5,
        };

        List<DecodedImage> images = await client.SubscribeAsync("c", options, Token).FirstAsync(4);

        Assert.Equal([6, 9, 310, 320], images.Select(image => image.Sequence));
        const string Filter = """ "maxCodesPerFrame": 5, "keys": [ "door" ], "keyPrefixes": [ "hall-" ],""";
        Assert.Equal(
            [
                $$"""{ "channel": "c", "start": true,{{Filter}} "consumer": "wall", "storedTimes": true }""",
                $$"""{ "channel": "c", "sequence": "300",{{Filter}} "storedTimes": true }""",
            ],
            channel.Requests.Select(sent => sent.ToString())
        );
    }

    /// <summary>The same with cut connections, which may lose messages in transit.</summary>
    [Theory]
    [InlineData("before the headers")]
    [InlineData("after the headers")]
    [InlineData("after the position")]
    [InlineData("after the header")]
    [InlineData("after a frame")]
    [InlineData("without an error")]
    public async Task Subscribe_ConnectionCut_ReturnsEveryImageOnce(string where)
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(server, Cut, Cut, Cut, FromSeven);
        using CodecClient client = Clients.Create(server.Address);

        List<DecodedImage> images = await client.SubscribeAsync("c", SubscribeFrom.At(7), Token).FirstAsync(2);

        Assert.Equal([7, 8], images.Select(image => image.Sequence));
        Assert.True(channel.Requests.Count > 1);

        async Task Cut(V1.SubscribeRequest request, Sender sender)
        {
            if (where == "before the headers")
                sender.Cut();
            if (where == "after the headers")
                await sender.OpenAsync();
            if (where is "after the position" or "after the header" or "after a frame" or "without an error")
                await sender.PositionAsync(request.Sequence);
            if (where is "after the header" or "after a frame" or "without an error")
                await sender.HeaderAsync(request.Sequence);
            if (where is "after a frame" or "without an error" && request.Sequence == 7)
                await sender.FrameAsync(request.Sequence);
            if (where != "without an error")
                sender.Cut();
        }
    }

    [Fact]
    public async Task Subscribe_TwoEnumerations_AreTwoSubscriptions()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(server, FromSeven);
        using CodecClient client = Clients.Create(server.Address);
        IAsyncEnumerable<DecodedImage> subscription = client.SubscribeAsync("c", SubscribeFrom.Start, Token);

        List<DecodedImage> first = await subscription.FirstAsync(1);
        List<DecodedImage> second = await subscription.FirstAsync(2);

        Assert.Equal([7], first.Select(image => image.Sequence));
        Assert.Equal([7, 8], second.Select(image => image.Sequence));
        Assert.All(channel.Requests, request => Assert.True(request.Start));
    }

    [Fact]
    public async Task Subscribe_KeysTimesAndHeaders_ArriveWithTheImage()
    {
        await using ScriptedServer server = await StartAsync();
        var info = new CodeInfo
        {
            Key = "door",
            CapturedAt = Noon,
            StoredAt = Noon.AddSeconds(1),
            Headers = new Dictionary<string, string> { ["lens"] = "wide" },
        };
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(7, sparse: true);
                await sender.HeaderAsync(7);
                await sender.FrameAsync([7, 9], info);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        DecodedImage image = (await client.SubscribeAsync("c", default(SubscribeFrom), Token).FirstAsync(2))[1];
        ReceivedFrame frame = (await client.SubscribeCodesAsync("c", default(SubscribeFrom), Token).FirstAsync(1))[0];

        Assert.Equal((9, "door", info), (image.Sequence, image.Key, image.Info));
        Assert.Equal([7, 9], frame.Sequences);
        Assert.Equal(info, frame.Info[1]);
        Assert.Equal([Sender.Code(7), Sender.Code(9)], frame.Codes.Select(code => code.ToArray()));
    }

    private static async Task<ScriptedServer> StartAsync()
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        return server;
    }

    private static async Task FromSeven(V1.SubscribeRequest request, Sender sender)
    {
        long next = request.Sequence == 0 ? 7 : request.Sequence;
        await sender.PositionAsync(next);
        await sender.HeaderAsync(next);
        for (; next <= 8; next++)
            await sender.FrameAsync(next);
        await sender.StayAsync();
    }
}
