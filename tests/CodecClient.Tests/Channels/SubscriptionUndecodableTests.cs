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
/// Frames, versions and images that the client cannot decode: the codes before them are delivered, then an exception names them, or they
/// are skipped and reported.
/// </summary>
public sealed class SubscriptionUndecodableTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_FrameThatCannotBeRead_SkipsItsFirstCode()
    {
        await using ScriptedServer server = await StartAsync();
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
                    await sender.RawFrameAsync(2, [0, 0, 0, 0, 0]);
                await sender.FrameAsync(3);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        List<DecodedImage> skipping = await client.SubscribeAsync("c", FromStart with { SkipDamaged = true }, Token).FirstAsync(2);

        Assert.Equal([1], images.Select(image => image.Sequence));
        Assert.Equal((2, 3), (failure.Sequence, failure.NextSequence));
        Assert.Equal([1, 3], skipping.Select(image => image.Sequence));
        Assert.Equal(3, channel.Requests.Count);
    }

    [Fact]
    public async Task Subscribe_FrameOfAQualityThatTheModelLacks_SkipsTheFrame()
    {
        await using ScriptedServer server = await StartAsync();
        _ = new ScriptedChannel(
            server,
            async (request, sender) =>
            {
                long next = Math.Max(1, request.Sequence);
                await sender.PositionAsync(next);
                await sender.HeaderAsync(next);
                if (next == 1)
                    await sender.RawFrameAsync(1, CodeFrame.Write(60, [Sender.Code(1), Sender.Code(2)]));
                await sender.FrameAsync(3);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);
        var skipped = new List<SkippedCodes>();

        List<ReceivedFrame> frames = await client
            .SubscribeCodesAsync("c", FromStart with { SkipDamaged = true, OnSkipped = skipped.Add }, Token)
            .FirstAsync(1);
        List<DecodedImage> images = await client
            .SubscribeAsync("c", FromStart with { SkipDamaged = true, OnSkipped = skipped.Add }, Token)
            .FirstAsync(1);

        Assert.Equal((3, 3), (frames[0].Sequences[0], images[0].Sequence));
        Assert.All(skipped, codes => Assert.Equal((1, 2), (codes.FirstSequence, codes.Count)));
        Assert.Equal(2, skipped.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Subscribe_VersionThatCannotBeLoaded_NamesItsCodesOrSkipsThem(bool vanished)
    {
        ModelPackage other = SmallModel.Create(note: "gone");
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package, other);
        Func<V1.GetVersionRequest, V1.GetVersionResponse> get = server.Models.OnGetVersion!;
        server.Models.OnGetVersion = request =>
        {
            V1.GetVersionResponse answer = get(request);
            if (!request.Model.EndsWith(other.Version.Hex, StringComparison.Ordinal))
                return answer;
            if (vanished)
                throw ScriptedServer.Status(StatusCode.NotFound, "no such version");
            answer.Manifest = Google.Protobuf.ByteString.CopyFromUtf8("{}");
            return answer;
        };
        var channel = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1);
                await sender.HeaderAsync(2, other);
                await sender.FrameAsync(2, 3);
                await sender.FrameAsync(4);
                await sender.HeaderAsync(5);
                await sender.FrameAsync(5);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);
        var skipped = new List<SkippedCodes>();

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        List<DecodedImage> skipping = await client
            .SubscribeAsync("c", FromStart with { SkipDamaged = true, OnSkipped = skipped.Add }, Token)
            .FirstAsync(2);

        Assert.Equal([1], images.Select(image => image.Sequence));
        Assert.Equal((2, 4), (failure.Sequence, failure.NextSequence));
        Assert.Contains(other.Version.Hex, failure.Message, StringComparison.Ordinal);
        Assert.Equal(vanished, failure.InnerException is NotFoundException);
        Assert.Equal([1, 5], skipping.Select(image => image.Sequence));
        Assert.Equal([(2L, 2L), (4L, 1L)], skipped.Select(codes => (codes.FirstSequence, codes.Count)));
        Assert.Equal(2, channel.Requests.Count);
    }

    [Fact]
    public async Task Subscribe_UnknownHead_EndsAlthoughDamageIsSkipped()
    {
        await using ScriptedServer server = await StartAsync();
        _ = new ScriptedChannel(server, Log);
        using CodecClient client = Clients.Create(server.Address);

        (_, NotFoundException failure) = await client
            .SubscribeAsync("c", FromStart with { Head = "mask", SkipDamaged = true }, Token)
            .UntilFailureAsync<DecodedImage, NotFoundException>();

        Assert.Contains("'mask'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_WrongBytesForABlob_NamesTheCodes()
    {
        await using ScriptedServer server = await StartAsync();
        server.Models.OnDownload = (request, stream, _) =>
        {
            byte[] blob = ScriptedModels.Blob([Sender.Package], request.Digest);
            blob[0] ^= 1;
            return ScriptedModels.SendAsync(stream, blob[(int)request.Offset..]);
        };
        _ = new ScriptedChannel(server, Log);
        using CodecClient client = Clients.Create(server.Address);

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();

        Assert.Empty(images);
        Assert.Equal((1, 10), (failure.Sequence, failure.NextSequence));
        Assert.Contains("for the blob", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_ImageAboveTheBound_IsNamedBeforeItIsDecodedOrSkipped()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        ModelPackage package = SmallGrid.Create();
        server.Models.Serve(package);
        using CodecModel model = CodecModel.Load(package);
        byte[] small = model.Encode(SmallGrid.Image(10, 100, 1), 10, 100, 1),
            large = model.Encode(SmallGrid.Image(7, 143, 2), 7, 143, 1);
        _ = new ScriptedChannel(
            server,
            async (request, sender) =>
            {
                long next = Math.Max(1, request.Sequence);
                await sender.PositionAsync(next);
                await sender.HeaderAsync(next, package);
                await sender.RawFrameAsync(next, CodeFrame.Write(1, next == 1 ? [small, large, small] : [small]));
                await sender.StayAsync();
            }
        );
        using var client = new CodecClient(Clients.Options(server.Address) with { MaxImagePixels = 1000 });

        (List<DecodedImage> images, CorruptDataException failure) = await client
            .SubscribeAsync("c", FromStart, Token)
            .UntilFailureAsync<DecodedImage, CorruptDataException>();
        List<DecodedImage> skipping = await client.SubscribeAsync("c", FromStart with { SkipDamaged = true }, Token).FirstAsync(2);

        Assert.Equal([1], images.Select(image => image.Sequence));
        Assert.Equal((2, 3), (failure.Sequence, failure.NextSequence));
        Assert.Contains("7×143 pixels; MaxImagePixels allows 1000", failure.Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], skipping.Select(image => image.Sequence));
    }
}
