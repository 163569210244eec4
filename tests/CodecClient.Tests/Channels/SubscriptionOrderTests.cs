using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

/// <summary>A server that breaks the protocol: earlier codes are delivered, then the subscription ends with the violation.</summary>
public sealed class SubscriptionOrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// The case, the start, what the server sends, the sequences that are delivered, and a part of the failure's message.
    /// </summary>
    public static TheoryData<string, SubscribeFrom, Func<object, Task>, long[], string> Mistakes =>
        new()
        {
            {
                "frame before the position",
                default,
                Send(sender => sender.HeaderAsync(1), sender => sender.FrameAsync(1)),
                [],
                "sent a frame before its position"
            },
            {
                "frame before the header",
                default,
                Send(sender => sender.PositionAsync(1), sender => sender.FrameAsync(1)),
                [],
                "sent a frame before a header"
            },
            {
                "not the requested position",
                SubscribeFrom.At(5),
                Send(sender => sender.PositionAsync(6)),
                [],
                "sent the position 6, expected 5"
            },
            {
                "a position before the requested one",
                SubscribeFrom.At(5),
                Send(sender => sender.PositionAsync(4, sparse: true)),
                [],
                "sent the position 4, expected 5"
            },
            { "an invalid position", default, Send(sender => sender.PositionAsync(0)), [], "sent the position 0, expected 1" },
            { "twice", default, Frames(false, [1, 2], [1, 2]), [1, 2], "sent the sequence 1, expected 3" },
            { "overlapping", default, Frames(false, [1, 2], [2, 3]), [1, 2], "sent the sequence 2, expected 3" },
            { "twice, sparse", default, Frames(true, [3, 5], [5, 6]), [3, 5], "sent the sequence 5, expected 6" },
            { "backwards, sparse", default, Frames(true, [3, 5], [4]), [3, 5], "sent the sequence 4, expected 6" },
            {
                "the latest backwards",
                SubscribeFrom.LatestOfEachKey,
                Send(sender => sender.HeaderAsync(1), sender => sender.FrameAsync(4), sender => sender.FrameAsync(3)),
                [4],
                "sent the sequence 3, expected 5"
            },
            {
                "a position before the latest",
                SubscribeFrom.LatestOfEachKey,
                Send(sender => sender.HeaderAsync(1), sender => sender.FrameAsync(4), sender => sender.PositionAsync(4, sparse: true)),
                [4],
                "sent the position 4, expected 5"
            },
            {
                "a position backwards",
                default,
                Send(
                    sender => sender.PositionAsync(3),
                    sender => sender.HeaderAsync(3),
                    sender => sender.FrameAsync(3),
                    sender => sender.PositionAsync(3, sparse: true)
                ),
                [3],
                "sent the position 3, expected 4"
            },
            {
                "damage that was not requested",
                default,
                Send(sender => sender.PositionAsync(1), sender => sender.DamageAsync(1, 1)),
                [],
                "reported damage that was not requested"
            },
            {
                "an unknown message",
                default,
                Send(sender => sender.SendAsync(new V1.SubscribeResponse())),
                [],
                "sent a message of an unknown kind"
            },
            {
                "an invalid name",
                default,
                Send(sender => sender.SendAsync(new() { Header = new V1.SubscribeResponse.Types.Header { Model = "No Name" } })),
                [],
                "sent an invalid model name"
            },
        };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task Subscribe_BrokenProtocol_EndsAfterThePrecedingCodes(
        string mistake,
        SubscribeFrom from,
        Func<object, Task> send,
        long[] delivered,
        string message
    )
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await send(sender);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", from, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();

        Assert.Equal(delivered, images.Select(image => image.Sequence));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Sequence is null, mistake);
        Assert.Single(channel.Requests);
    }

    [Fact]
    public async Task Subscribe_FrameLargerThanAMessageMayBe_NamesTheSequenceAndTheOption()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        var channel = new ScriptedChannel(
            server,
            async (request, sender) =>
            {
                long next = Math.Max(1, request.Sequence);
                await sender.PositionAsync(next);
                await sender.HeaderAsync(next);
                if (next == 1)
                    await sender.FrameAsync(1);
                if (next <= 2)
                    await sender.RawFrameAsync(2, new byte[5 << 20]);
                await sender.FrameAsync(3);
                await sender.StayAsync();
            }
        );
        using var client = new CodecClient(Clients.Options(server.Address) with { MaxMessageBytes = 4 << 20 });

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", SubscribeFrom.Start, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        List<DecodedImage> skipping = await client
            .SubscribeAsync("c", new SubscribeOptions { From = SubscribeFrom.Start, SkipDamaged = true }, Token)
            .FirstAsync(2);

        Assert.Equal([1], images.Select(image => image.Sequence));
        Assert.Equal((2, 3), (failure.Sequence, failure.NextSequence));
        Assert.Contains("MaxMessageBytes", failure.Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], skipping.Select(image => image.Sequence));
        Assert.Equal(3, channel.Requests.Count);
    }

    [Fact]
    public async Task Subscribe_VersionsChange_DecodesEachWithItsOwn()
    {
        ModelPackage other = SmallModel.Create(note: "other");
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package, other);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1);
                await sender.HeaderAsync(2, other);
                await sender.FrameAsync(2);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        List<DecodedImage> images = await client.SubscribeAsync("c", SubscribeFrom.Start, Token).FirstAsync(2);

        Assert.Equal([Sender.Package.Version, other.Version], images.Select(image => image.Version));
    }

    [Fact]
    public async Task Subscribe_ChannelDeleted_EndsWithNotFound()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1);
                throw ScriptedServer.Status(StatusCode.NotFound);
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, _) = await client
            .SubscribeAsync("c", SubscribeFrom.Start, Token)
            .UntilFailureAsync<DecodedImage, NotFoundException>();

        Assert.Single(images);
    }

    private static Func<object, Task> Frames(bool sparse, params long[][] frames) =>
        Send([
            sender => sender.PositionAsync(1, sparse),
            sender => sender.HeaderAsync(1),
            .. frames.Select(frame => (Func<Sender, Task>)(sender => sender.FrameAsync(frame))),
        ]);

    /// <summary>The type is not public, so the theory's data contain it as an object.</summary>
    private static Func<object, Task> Send(params Func<Sender, Task>[] steps) =>
        async sender =>
        {
            foreach (Func<Sender, Task> step in steps)
                await step((Sender)sender);
        };
}
