using Codec.Client.Tests.Infrastructure;
using Codec.Errors;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using static Codec.Client.Tests.Channels.DamagedLog;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client.Tests.Channels;

/// <summary>
/// Codes that are damaged or missing in the log: the codes before them are delivered, then an exception names them, or they are skipped and
/// reported.
/// </summary>
public sealed class SubscriptionDamageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A log whose codes 3, 4, 7 and 8 are missing: between two frames, and inside one.</summary>
    private static Script Holes =>
        async (request, sender) =>
        {
            long next = Math.Max(1, request.Sequence);
            await sender.PositionAsync(next);
            await sender.HeaderAsync(next);
            if (next == 1)
                await sender.FrameAsync(1, 2);
            if (next <= 5)
                await sender.FrameAsync(5, 6, 9, 10);
            else
                await sender.FrameAsync(9, 10);
            await sender.StayAsync();
        };

    [Fact]
    public async Task Subscribe_DamagedCodeInAFrame_DeliversThoseBeforeAndNamesIt()
    {
        await using ScriptedServer server = await StartAsync();
        _ = new ScriptedChannel(server, Log);
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        (List<ReceivedFrame> frames, CorruptDataException ofCodes) = await client
            .SubscribeCodesAsync("c", FromStart, Token)
            .UntilFailureAsync<ReceivedFrame, CorruptDataException>();

        Assert.Equal([1, 2, 3], images.Select(image => image.Sequence));
        Assert.Equal((4, 5), (failure.Sequence, failure.NextSequence));
        Assert.Contains("The image 4 of c cannot be decoded", failure.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidCodeException>(failure.InnerException);
        ReceivedFrame frame = Assert.Single(frames);
        Assert.Equal([1, 2, 3], frame.Sequences);
        Assert.Equal(3, frame.Model.DecodeFrame(frame.Frame).Length);
        Assert.Equal((4, 5), (ofCodes.Sequence, ofCodes.NextSequence));
    }

    [Fact]
    public async Task Subscribe_SkipDamaged_ContinuesAfterTheCodeAndReportsIt()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(server, Log);
        var log = new LogRecorder();
        using CodecClient client = Clients.Create(server.Address, log);
        var events = new List<string>();
        SubscribeOptions options = FromStart with
        {
            SkipDamaged = true,
            MaxCodesPerFrame = 100,
            OnSkipped = skipped => events.Add($"{skipped.FirstSequence}+{skipped.Count}"),
        };

        await foreach (DecodedImage image in client.SubscribeAsync("c", options, Token))
        {
            Assert.Equal(Sender.Pixels(image.Sequence), image.Pixels.ToArray());
            events.Add($"{image.Sequence}");
            if (image.Sequence == 9)
                break;
        }

        Assert.Equal(["1", "2", "3", "4+1", "5", "6", "7", "8", "9"], events);
        Assert.Equal(
            [(true, 0L, 100), (true, 5L, 100)],
            channel.Requests.Select(request => (request.SkipDamaged, request.Sequence, request.MaxCodesPerFrame))
        );
        Assert.Contains("skipped 1 codes from sequence 4 on", Assert.Single(log.Of(22)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_HoleInTheLog_DeliversThoseBeforeAndNamesIt()
    {
        await using ScriptedServer server = await StartAsync();
        _ = new ScriptedChannel(server, Holes);
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        (List<DecodedImage> later, CorruptDataException insideAFrame) = await client
            .SubscribeAsync("c", SubscribeFrom.At(5), Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        (List<ReceivedFrame> frames, CorruptDataException ofCodes) = await client
            .SubscribeCodesAsync("c", SubscribeFrom.At(5), Token)
            .UntilFailureAsync<ReceivedFrame, CorruptDataException>();

        Assert.Equal([1, 2], images.Select(image => image.Sequence));
        Assert.Equal((3, 5), (failure.Sequence, failure.NextSequence));
        Assert.Equal("The codes 3 to 4 of c are missing: the server sent 5, expected 3.", failure.Message);
        Assert.Equal([5, 6], later.Select(image => image.Sequence));
        Assert.Equal((7, 9), (insideAFrame.Sequence, insideAFrame.NextSequence));
        ReceivedFrame frame = Assert.Single(frames);
        Assert.Equal([5, 6], frame.Sequences);
        Assert.Equal((2, 2), (frame.Codes.Count, frame.Model.DecodeFrame(frame.Frame).Length));
        Assert.Equal((7, 9), (ofCodes.Sequence, ofCodes.NextSequence));
    }

    [Fact]
    public async Task Subscribe_SkipDamagedWithHolesInTheLog_ReportsThemAndContinues()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(server, Holes);
        using CodecClient client = Clients.Create(server.Address);
        var events = new List<string>();
        SubscribeOptions options = FromStart with
        {
            SkipDamaged = true,
            OnSkipped = skipped =>
                events.Add($"{skipped.FirstSequence}+{skipped.Count} {skipped.Reason.Contains("missing", StringComparison.Ordinal)}"),
        };

        await foreach (DecodedImage image in client.SubscribeAsync("c", options, Token))
        {
            Assert.Equal(Sender.Pixels(image.Sequence), image.Pixels.ToArray());
            events.Add($"{image.Sequence}");
            if (image.Sequence == 10)
                break;
        }

        Assert.Equal(["1", "2", "3+2 True", "5", "6", "7+2 True", "9", "10"], events);
        // The codes after a gap inside a frame are requested again.
        Assert.Equal([0, 9], channel.Requests.Select(request => request.Sequence));
    }

    [Fact]
    public async Task Subscribe_SkipDamagedAmongTheLatestOfEachKey_RequestsThoseAfterIt()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.HeaderAsync(3);
                await sender.FrameAsync(3);
                await sender.RawFrameAsync(5, CodeFrame.Write(1, [Damaged]));
                await sender.StayAsync();
            },
            async (_, sender) =>
            {
                await sender.HeaderAsync(8);
                await sender.FrameAsync(8);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        List<DecodedImage> images = await client
            .SubscribeAsync("c", new SubscribeOptions { From = SubscribeFrom.LatestOfEachKey, SkipDamaged = true }, Token)
            .FirstAsync(2);

        Assert.Equal([3, 8], images.Select(image => image.Sequence));
        Assert.Equal(5, channel.Requests.Last().LatestOfEachKey.AfterSequence);
    }

    [Fact]
    public async Task Subscribe_DamageReportedByTheServer_IsReportedInOrder()
    {
        await using ScriptedServer server = await StartAsync();
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1);
                await sender.DamageAsync(2, 5);
                await sender.FrameAsync(7);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);
        var skipped = new List<SkippedCodes>();

        List<DecodedImage> images = await client
            .SubscribeAsync("c", FromStart with { SkipDamaged = true, OnSkipped = skipped.Add }, Token)
            .FirstAsync(2);

        Assert.Equal([1, 7], images.Select(image => image.Sequence));
        SkippedCodes codes = Assert.Single(skipped);
        Assert.Equal((2, 5), (codes.FirstSequence, codes.Count));
        Assert.Contains("damaged on the server: checksum", codes.Reason, StringComparison.Ordinal);
        Assert.Single(channel.Requests);
    }

    [Fact]
    public async Task Subscribe_DataLoss_DeliversThePrecedingCodesAndNamesTheDamagedOnes()
    {
        await using ScriptedServer server = await StartAsync();
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1, 2);
                var info = new ErrorInfo { Metadata = { ["first_sequence"] = "3", ["next_sequence"] = "6" } };
                throw new RpcStatus
                {
                    Code = (int)StatusCode.DataLoss,
                    Message = "Damaged.",
                    Details = { Any.Pack(info) },
                }.ToRpcException();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();

        Assert.Equal([1, 2], images.Select(image => image.Sequence));
        Assert.Equal((3, 6), (failure.Sequence, failure.NextSequence));
    }

    [Fact]
    public async Task Subscribe_OnSkippedThrows_EndsWithThat()
    {
        await using ScriptedServer server = await StartAsync();
        _ = new ScriptedChannel(server, Log);
        using CodecClient client = Clients.Create(server.Address);
        SubscribeOptions options = FromStart with { SkipDamaged = true, OnSkipped = _ => throw new IOException("disk full") };

        (List<DecodedImage> images, _) = await client.SubscribeAsync("c", options, Token).UntilFailureAsync<DecodedImage, IOException>();

        Assert.Equal(3, images.Count);
    }
}
