using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static CodecServer.Tests.Services.FacesChannel;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>What a subscriber's frames contain: codes of one version, merged and split at the bounds.</summary>
public sealed class ChannelFramesTests
{
    [Fact]
    public async Task Subscribe_ManySmallPublications_MergesThemIntoFullFrames()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(First);
        await server.PublishToAsync(Header(), [.. Enumerable.Range(0, 600).Select(i => Image(i % 7))]);

        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Sequence = 11 },
            Rpc.Options
        );

        Assert.Equal((11, false), await call.PositionAsync());
        Assert.Equal(11, (await call.ResponseStream.NextAsync()).Header.NextSequence);
        await ReadCodesAsync(call, model, [(11, 1, 256), (267, 1, 256), (523, 1, 78)]);
    }

    [Fact]
    public async Task Subscribe_CodeLargerThanTheServersFrames_TravelsAlone()
    {
        await using TestServer server = await StartAsync();
        IChannelLog log = server.App.Services.GetRequiredService<IChannelLog>();
        ChannelId channel = (await log.GetAsync("faces", TestContext.Current.CancellationToken)).Id;
        CodeRun[] runs =
        [
            Runs.Of(2, length: 100, version: First.Version),
            Runs.Of(1, length: 6 << 20, version: First.Version),
            Runs.Of(1, length: 50, version: First.Version),
        ];
        foreach (CodeRun run in runs)
            await log.AppendAsync(channel, run, producer: null, TestContext.Current.CancellationToken);

        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );

        await call.PositionAsync();
        await call.ResponseStream.NextAsync();
        var frames = new List<FrameHeader>();
        for (int i = 0; i < 3; i++)
            frames.Add(CodeFrame.ReadHeader((await call.ResponseStream.NextAsync()).Frame.Span));

        Assert.Equal([2, 1, 1], frames.Select(frame => frame.Count));
    }

    [Fact]
    public async Task Subscribe_MaxCodes_SplitsLargerFrames()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(First);
        byte[] frame = CodeFrame.Write(
            1,
            [
                .. Enumerable
                    .Range(0, 10)
                    .Select(i => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(i), SmallModel.Side, SmallModel.Side, 1)),
            ]
        );
        await server.PublishToAsync(Header(), new V1.PublishRequest { Frame = ByteString.CopyFrom(frame) });

        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new()
            {
                Channel = "faces",
                Sequence = 3,
                MaxCodesPerFrame = 3,
            },
            Rpc.Options
        );

        await call.PositionAsync();
        await call.ResponseStream.NextAsync();
        List<byte[]> codes = await ReadCodesAsync(call, model, [(3, 1, 3), (6, 1, 3), (9, 1, 2)]);
        Assert.Equal(model.SplitFrame(frame).Codes.Skip(2).Hex(), codes.Select(code => (ReadOnlyMemory<byte>)code).Hex());
    }

    [Fact]
    public async Task Subscribe_VersionChanges_SendsANewHeaderAndNeverMixes()
    {
        await using TestServer server = await StartAsync();
        using CodecModel first = CodecModel.Load(First),
            second = CodecModel.Load(Second);
        await server.PublishToAsync(Header(), Image(1), Image(2));
        await server.PublishAsync(Second);
        await server.PublishToAsync(Header(), Image(3));
        await server.PublishToAsync(Header($"small-8@sha256:{First.Version}"), Image(4));

        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );

        await call.PositionAsync();
        foreach (
            (ModelPackage package, CodecModel model, long sequence, int count) in new[]
            {
                (First, first, 1L, 2),
                (Second, second, 3L, 1),
                (First, first, 4L, 1),
            }
        )
        {
            V1.SubscribeResponse.Types.Header header = (await call.ResponseStream.NextAsync()).Header;
            Assert.Equal((package.Version.Hex, sequence), (header.Version, header.NextSequence));
            await ReadCodesAsync(call, model, [(sequence, 1, count)]);
        }
    }
}
