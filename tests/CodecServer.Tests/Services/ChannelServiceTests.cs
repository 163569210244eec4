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

public sealed class ChannelServiceTests
{
    [Fact]
    public async Task Publish_ImagesAndFrames_AreAcknowledgedAndStreamed()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(First);
        byte[] frame = CodeFrame.Write(
            0,
            [
                model.Encode(SmallModel.Image(7), SmallModel.Side, SmallModel.Side, 0),
                model.Encode(SmallModel.Image(8), SmallModel.Side, SmallModel.Side, 0),
            ],
            checksum: true
        );

        List<V1.PublishResponse> answers = await server.PublishToAsync(
            Header(),
            Image(1),
            Image(2),
            new() { Frame = ByteString.CopyFrom(frame) },
            Image(3)
        );

        Assert.Equal(First.Version.Hex, answers[0].Version);
        Assert.Equal([(0L, 0), (1L, 1), (2L, 1), (3L, 2), (5L, 1)], answers.Select(answer => (answer.FirstSequence, answer.Count)));
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );
        Assert.Equal((1, false), await call.PositionAsync());
        V1.SubscribeResponse.Types.Header header = (await call.ResponseStream.NextAsync()).Header;
        Assert.Equal(("small-8", First.Version.Hex, 1), (header.Model, header.Version, header.NextSequence));
        List<byte[]> codes = await ReadCodesAsync(call, model, [(1, 1, 2), (3, 0, 2), (5, 1, 1)]);
        Assert.Equal(
            [(1, 1), (2, 1), (7, 0), (8, 0), (3, 1)],
            codes.Select(
                (code, i) =>
                    new[] { (1, 1), (2, 1), (7, 0), (8, 0), (3, 1) }.Single(seed =>
                        model
                            .Encode(SmallModel.Image(seed.Item1), SmallModel.Side, SmallModel.Side, seed.Item2)
                            .AsSpan()
                            .SequenceEqual(code)
                    )
            )
        );
    }

    [Fact]
    public async Task Subscribe_Now_GetsWhatIsPublishedAfterItsHeaders()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(First);
        await server.PublishToAsync(Header(), Image(1));
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Now = true },
            Rpc.Options
        );
        Assert.Equal((2, false), await call.PositionAsync());

        await server.PublishToAsync(Header(), Image(2));

        Assert.Equal(2, (await call.ResponseStream.NextAsync()).Header.NextSequence);
        await ReadCodesAsync(call, model, [(2, 1, 1)]);
    }

    [Fact]
    public async Task Publish_HeaderChangesModelMidStream_KeepsOrder()
    {
        await using TestServer server = await StartAsync();
        await server.PublishAsync(Second, alias: "canary");

        List<V1.PublishResponse> answers = await server.PublishToAsync(
            Header(),
            Image(1),
            new() { Header = Header("small-8@canary", quality: 0) },
            Image(2),
            Image(3)
        );

        Assert.Equal([First.Version.Hex, "", Second.Version.Hex, "", ""], answers.Select(answer => answer.Version));
        Assert.Equal([0, 1, 0, 2, 3], answers.Select(answer => answer.FirstSequence));
    }

    [Fact]
    public async Task Publish_SameProducerAgain_StoresOnce()
    {
        await using TestServer server = await StartAsync();

        List<V1.PublishResponse> first = await server.PublishToAsync(Header(producer: "camera"), Image(1, 1), Image(2, 2));
        List<V1.PublishResponse> second = await server.PublishToAsync(Header(producer: "camera"), Image(2, 2), Image(3, 3));

        Assert.Equal([(0, 0), (1, 1), (2, 1)], first.Select(answer => (answer.FirstSequence, answer.Count)));
        Assert.Equal(
            [(0, 0, 2), (2, 1, 0), (3, 1, 0)],
            second.Select(answer => (answer.FirstSequence, answer.Count, answer.LastProducerSequence))
        );
        await Rpc.FailsAsync(StatusCode.OutOfRange, () => server.PublishToAsync(Header(producer: "camera"), Image(5, 5)));
        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => server.PublishToAsync(Header(producer: "camera"), Image(5)));
    }

    [Fact]
    public async Task Publish_Malformed_IsInvalid()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(First);
        byte[] frame = CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)], checksum: true);
        frame[3] ^= 1;
        V1.PublishRequest[] wrong =
        [
            new(),
            new()
            {
                Header = new() { Channel = "others", Model = "small-8" },
            },
            new() { Header = Header(producer: "other") },
        ];
        foreach (V1.PublishRequest request in wrong)
            await Rpc.FailsAsync(StatusCode.InvalidArgument, () => server.PublishToAsync(Header(), request));

        V1.PublishRequest[] refused =
        [
            new() { Frame = ByteString.CopyFrom(frame) },
            new() { Frame = ByteString.CopyFrom(Blobs.Random(100, seed: 1)) },
            new() { Image = new() },
            new()
            {
                Image = Publishing.ToImage(SmallModel.Image(1)),
                Info = new() { Key = "\n" },
            },
            new()
            {
                Frame = ByteString.CopyFrom(CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)])),
                Info = new() { Key = "a" },
            },
        ];
        List<V1.PublishResponse> answers = await server.PublishToAsync(Header(), refused);
        Assert.All(
            answers.Skip(1),
            answer => Assert.Equal((0, 0, (int)StatusCode.InvalidArgument), (answer.FirstSequence, answer.Count, answer.Refusal.Code))
        );

        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> headless = server.Channels.Publish(Rpc.Options);
        await headless.RequestStream.SendAsync(Image(1));
        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => headless.ResponseStream.NextAsync());
        await Rpc.FailsAsync(StatusCode.NotFound, () => server.PublishToAsync(new() { Channel = "others", Model = "small-8" }));
        await Rpc.FailsAsync(StatusCode.NotFound, () => server.PublishToAsync(Header("birds")));
        Assert.Equal(1, Assert.Single((await server.Channels.ListChannelsAsync(new(), Rpc.Options)).Channels).NextSequence);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Subscribe_OutsideTheLog_IsOutOfRangeAndNamesBothEnds(long sequence)
    {
        await using TestServer server = await StartAsync(retain: 2);
        await server.PublishToAsync(Header(), Image(1), Image(2), Image(3));
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Sequence = sequence },
            Rpc.Options
        );

        RpcException failure = await Rpc.FailsAsync(StatusCode.OutOfRange, () => call.ResponseStream.NextAsync());

        Assert.Equal(("2", "4"), (failure.Metadata("first_sequence"), failure.Metadata("next_sequence")));
    }

    [Fact]
    public async Task Subscribe_NextSequence_Waits()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(First);
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Sequence = 1 },
            Rpc.Options
        );
        await call.PositionAsync();
        Task<V1.SubscribeResponse> next = call.ResponseStream.NextAsync();
        Assert.False(next.IsCompleted);

        await server.PublishToAsync(Header(), Image(1));

        Assert.Equal(1, (await next).Header.NextSequence);
        await ReadCodesAsync(call, model, [(1, 1, 1)]);
    }

    [Fact]
    public async Task DeleteChannel_Subscribers_EndWithNotFound()
    {
        await using TestServer server = await StartAsync();
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );
        await call.PositionAsync();

        await server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.Options);

        await Rpc.FailsAsync(StatusCode.NotFound, () => call.ResponseStream.NextAsync());
        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () => await server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.Options)
        );
    }

    [Fact]
    public async Task CreateChannel_AgainWithAnotherRetention_AlreadyExists()
    {
        await using TestServer server = await StartAsync(retain: 5);

        V1.CreateChannelResponse same = await server.Channels.CreateChannelAsync(
            new()
            {
                Name = "faces",
                Retention = new() { Codes = 5 },
            },
            Rpc.Options
        );

        Assert.Equal((5, 1, 1), (same.Channel.Retention.Codes, same.Channel.FirstSequence, same.Channel.NextSequence));
        await Rpc.FailsAsync(
            StatusCode.AlreadyExists,
            async () =>
                await server.Channels.CreateChannelAsync(
                    new()
                    {
                        Name = "faces",
                        Retention = new() { Codes = 6 },
                    },
                    Rpc.Options
                )
        );
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Channels.CreateChannelAsync(new() { Name = "Faces" }, Rpc.Options)
        );
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () =>
                await server.Channels.CreateChannelAsync(
                    new()
                    {
                        Name = "faces",
                        Retention = new() { Codes = -1 },
                    },
                    Rpc.Options
                )
        );
    }
}
