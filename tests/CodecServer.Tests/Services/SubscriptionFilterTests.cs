using Codec;
using Codec.Frames;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using static CodecServer.Tests.Services.CamerasChannel;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Subscriptions that select codes: by key, by prefix, the latest of each key.</summary>
public sealed class SubscriptionFilterTests
{
    [Fact]
    public async Task Subscribe_KeysAndPrefixes_GetsOnlyTheirCodes()
    {
        await using TestServer server = await StartAsync();
        await PublishAsync(server, Key("a/1"), Key("b"), null, Key("a/2"), Key("c"), Key("b"));
        using var call = server.Channels.Subscribe(
            new()
            {
                Channel = "cameras",
                Start = true,
                Keys = { "b" },
                KeyPrefixes = { "a/" },
            },
            Rpc.Options
        );
        Assert.Equal((1, true), await call.PositionAsync());

        List<(long Sequence, CodeInfo Info)> codes = await ReadAsync(call, 4);
        await PublishAsync(server, Key("c"), Key("a/3"));
        codes.AddRange(await ReadAsync(call, 1));

        Assert.Equal([(1, "a/1"), (2, "b"), (4, "a/2"), (6, "b"), (8, "a/3")], codes.Select(code => (code.Sequence, code.Info.Key)));
    }

    [Fact]
    public async Task Subscribe_FilterMatchesNothingForLong_SendsThePosition()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        ReadOnlyMemory<byte> code = model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1);
        var frame = Google.Protobuf.ByteString.CopyFrom(CodeFrame.Write(1, [.. Enumerable.Repeat(code, 1500)]));
        using var call = server.Channels.Subscribe(
            new()
            {
                Channel = "cameras",
                Start = true,
                Keys = { "b" },
            },
            Rpc.Options
        );
        Assert.Equal((1, true), await call.PositionAsync());

        await server.PublishToAsync(Header(), new V1.PublishRequest { Frame = frame });

        Assert.Equal((1501, true), await call.PositionAsync());
    }

    [Fact]
    public async Task Subscribe_LatestOfEachKey_GetsTheNewestOfEachKeyThenNewCodes()
    {
        await using TestServer server = await StartAsync();
        await PublishAsync(server, Key("a"), Key("b"), null, Key("a"), Key("c"), Key("b"));
        using var call = server.Channels.Subscribe(new() { Channel = "cameras", LatestOfEachKey = new() }, Rpc.Options);

        List<(long Sequence, CodeInfo Info)> wall = await ReadAsync(call, 3);
        Assert.Equal((7, false), await call.PositionAsync());
        await PublishAsync(server, null, Key("a"));

        Assert.Equal([(4, "a"), (5, "c"), (6, "b")], wall.Select(code => (code.Sequence, code.Info.Key)));
        Assert.Equal([(7, null), (8, "a")], (await ReadAsync(call, 2)).Select(code => (code.Sequence, code.Info.Key)));
        using var restored = server.Channels.Subscribe(
            new()
            {
                Channel = "cameras",
                LatestOfEachKey = new() { AfterSequence = 4 },
            },
            Rpc.Options
        );
        Assert.Equal([5, 6, 8], (await ReadAsync(restored, 3)).Select(code => code.Sequence));
    }

    [Fact]
    public async Task Subscribe_ChannelKeepsTheLatestOfEachKey_SkipsSupersededCodes()
    {
        await using TestServer server = await StartAsync(new V1.Retention { LatestOfEachKey = true });
        await PublishAsync(server, Key("a"), Key("b"), Key("a"), null, Key("a"));
        using var call = server.Channels.Subscribe(new() { Channel = "cameras", Sequence = 1 }, Rpc.Options);

        Assert.Equal((1, true), await call.PositionAsync());
        Assert.Equal([(2, "b"), (4, null), (5, "a")], (await ReadAsync(call, 3)).Select(code => (code.Sequence, code.Info.Key)));
        V1.ChannelInfo channel = Assert.Single((await server.Channels.ListChannelsAsync(new(), Rpc.Options)).Channels);
        Assert.Equal((3, 6), (channel.Codes, channel.NextSequence));
    }

    private static V1.CodeInfo Key(string key) => new() { Key = key };
}
