using Codec;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>The effort of an encoding: it reaches the model, and the server bounds it.</summary>
public sealed class EffortTests
{
    private const int Width = 48;
    private const int Height = 40;
    private const string Allowed = "is out of range; this server has 0 to 2.";

    private static readonly V1.Image Image = new()
    {
        Pixels = new()
        {
            Width = Width,
            Height = Height,
            Channels = 3,
            Data = ByteString.CopyFrom(SmallGrid.Image(Width, Height, 1)),
        },
    };

    [Fact]
    public async Task EncodeAndPublish_EffortWithinTheLargest_ReturnTheModelsOwnCode()
    {
        await using TestServer server = await StartAsync();
        ModelPackage package = ModelPackage.Load(Path.Combine(AppContext.BaseDirectory, "models", "photos.codec"));
        await server.PublishAsync(package);
        using CodecModel model = CodecModel.Load(package);
        byte[] expected = model.Encode(SmallGrid.Image(Width, Height, 1), Width, Height, 4, effort: 2);

        V1.EncodeResponse encoded = await server.Codec.EncodeAsync(Request("photos", 2), Rpc.Options);
        List<V1.EncodeResponse> streamed = await EncodeAllAsync(server, Request("photos", 2));
        await server.PublishToAsync(Header("photos", 2), new V1.PublishRequest { Image = Image });

        Assert.NotEqual(expected, model.Encode(SmallGrid.Image(Width, Height, 1), Width, Height, 4));
        Assert.Equal(expected, encoded.Code.ToByteArray());
        Assert.Equal(expected, Assert.Single(streamed).Code.ToByteArray());
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );
        await call.PositionAsync();
        await call.ResponseStream.NextAsync();
        byte[] frame = (await call.ResponseStream.NextAsync()).Frame.ToByteArray();
        Assert.Equal(expected, Assert.Single(model.SplitFrame(frame).Codes).ToArray());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public async Task EncodeAndPublish_EffortOutOfRange_AreRefusedWithTheRange(int effort)
    {
        await using TestServer server = await StartAsync();
        await server.PublishAsync(SmallModelServer.Package);

        RpcException unary = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.EncodeAsync(Request("small-8", effort), Rpc.Options)
        );
        List<V1.EncodeResponse> streamed = await EncodeAllAsync(server, Request("small-8", effort), Request("small-8", 2));
        RpcException published = await Rpc.FailsAsync(StatusCode.InvalidArgument, () => server.PublishToAsync(Header("small-8", effort)));

        AssertRefusal(unary, "effort");
        AssertRefusal(published, "header.effort");
        Assert.StartsWith($"effort: {effort} {Allowed}", streamed[0].Refusal.Message, StringComparison.Ordinal);
        Assert.Equal((null, false), (streamed[1].Refusal, streamed[1].Code.IsEmpty));

        void AssertRefusal(RpcException refusal, string field)
        {
            Assert.StartsWith($"{field}: {effort} {Allowed}", refusal.Status.Detail, StringComparison.Ordinal);
            Assert.Equal(field, Assert.Single(refusal.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
        }
    }

    [Fact]
    public async Task Encode_EffortThatTakesMoreMemoryThanImagesMay_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync("--image-bytes", "16777216");
        await server.PublishAsync(SmallGrid.Create("small-grid"));
        V1.EncodeRequest request = Request("small-grid", 1);
        request.Image = new()
        {
            Pixels = new()
            {
                Width = 300,
                Height = 300,
                Channels = 3,
                Data = ByteString.CopyFrom(SmallGrid.Image(300, 300, 1)),
            },
        };

        RpcException refusal = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.EncodeAsync(request, Rpc.Options)
        );
        request.Effort = 0;

        Assert.StartsWith("effort: above 0, an image of 300×300 takes 24300000 bytes", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.NotEmpty((await server.Codec.EncodeAsync(request, Rpc.Options)).Code.ToByteArray());
    }

    private static async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync("--max-effort", "2");
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        return server;
    }

    private static async Task<List<V1.EncodeResponse>> EncodeAllAsync(TestServer server, params V1.EncodeRequest[] requests)
    {
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        foreach (V1.EncodeRequest request in requests)
            await call.RequestStream.SendAsync(request);

        await call.RequestStream.CompleteAsync();
        return await call.ResponseStream.CollectAsync();
    }

    private static V1.EncodeRequest Request(string model, int effort) =>
        new()
        {
            Model = model,
            Quality = model == "photos" ? 4 : 1,
            Effort = effort,
            Image = model == "photos" ? Image : Publishing.ToImage(SmallModel.Image(1)),
        };

    private static V1.PublishRequest.Types.Header Header(string model, int effort) =>
        new()
        {
            Channel = "faces",
            Model = model,
            Quality = model == "photos" ? 4 : 1,
            Effort = effort,
        };
}
