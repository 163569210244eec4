using Codec;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>
/// A refusal is an answer: in every streaming call, a client that sends an invalid message, keeps its stream open and waits is answered at
/// once.
/// </summary>
public sealed class RefusalTests
{
    private static readonly ModelPackage Package = SmallModel.Create();

    public static TheoryData<string> Items =>
        [
            "truncated JPEG",
            "no image",
            "no source",
            "wrong size",
            "wrong channels",
            "garbage frame",
            "frame of another version",
            "frame cut short",
            "wrong key",
        ];

    public static TheoryData<string, StatusCode, string> WholeStreams =>
        new()
        {
            { "unknown channel", StatusCode.NotFound, "NOT_FOUND" },
            { "unknown model", StatusCode.NotFound, "NOT_FOUND" },
            { "quality 40", StatusCode.InvalidArgument, "INVALID_FIELD" },
            { "no header", StatusCode.InvalidArgument, "INVALID_FIELD" },
            { "empty message", StatusCode.InvalidArgument, "INVALID_FIELD" },
            { "another channel", StatusCode.InvalidArgument, "INVALID_FIELD" },
            { "producer without number", StatusCode.InvalidArgument, "INVALID_FIELD" },
            { "producer gap", StatusCode.OutOfRange, "PRODUCER_GAP" },
            { "deleted channel", StatusCode.NotFound, "CHANNEL_DELETED" },
            { "fenced", StatusCode.Aborted, "PRODUCER_FENCED" },
            { "forgotten", StatusCode.FailedPrecondition, "PRODUCER_FORGOTTEN" },
        };

    [Theory]
    [MemberData(nameof(Items))]
    public async Task Publish_ItemIsWrong_IsRefusedInOrderAndTheStreamContinues(string item)
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(new() { Header = Header("camera") });
        await call.ResponseStream.NextAsync();

        await call.RequestStream.SendAsync(Wrong(item, producerSequence: 1));
        V1.PublishResponse refused = await call.ResponseStream.NextAsync();
        await call.RequestStream.SendAsync(Image(2));
        V1.PublishResponse stored = await call.ResponseStream.NextAsync();

        Assert.Equal((0, 0, (int)StatusCode.InvalidArgument), (refused.FirstSequence, refused.Count, refused.Refusal.Code));
        Assert.NotEmpty(refused.Refusal.Message);
        Assert.Equal((1, 1, null), (stored.FirstSequence, stored.Count, stored.Refusal));
    }

    [Fact]
    public async Task Publish_RefusedItemSentAgain_IsRefusedAsBefore()
    {
        await using TestServer server = await StartAsync();
        List<V1.PublishResponse> first = await server.PublishToAsync(Header("camera"), Wrong("no image", 1), Image(2));

        List<V1.PublishResponse> second = await server.PublishToAsync(
            Header("camera", first[0].ProducerEpoch),
            Image(1),
            Image(2),
            Image(3)
        );

        Assert.Equal((2, first[0].ProducerEpoch), (second[0].LastProducerSequence, second[0].ProducerEpoch));
        Assert.Equal(first[1].Refusal, second[1].Refusal);
        Assert.Equal([1L, 2], second.Skip(2).Select(answer => answer.FirstSequence));
    }

    [Theory]
    [MemberData(nameof(WholeStreams))]
    public async Task Publish_StreamIsWrong_EndsAtOnce(string what, StatusCode status, string reason)
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await SendWrongStreamAsync(server, call, what);

        RpcException failure = await Rpc.FailsAsync(
            status,
            async () =>
            {
                while (true)
                    await call.ResponseStream.NextAsync();
            }
        );

        Assert.Equal(reason, failure.Reason());
    }

    [Fact]
    public async Task Publish_ChannelIsDeletedWhileTheProducerIsSilent_EndsAtOnce()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(new() { Header = Header("camera") });
        await call.ResponseStream.NextAsync();
        await call.RequestStream.SendAsync(Image(1));
        await call.ResponseStream.NextAsync();

        await server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.Options);

        RpcException failure = await Rpc.FailsAsync(StatusCode.NotFound, () => call.ResponseStream.NextAsync());
        Assert.Equal("The channel 'faces' was deleted.", failure.Status.Detail);
    }

    [Fact]
    public async Task Publish_ManyPendingItemsWhenTheStreamEnds_AreAnsweredUpToThere()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(new() { Header = Header("camera") });
        for (int i = 1; i <= 40; i++)
            await call.RequestStream.SendAsync(Image(i));

        await call.RequestStream.SendAsync(Image(100));

        for (int i = 0; i <= 40; i++)
            Assert.Equal(i, (await call.ResponseStream.NextAsync()).FirstSequence);

        await Rpc.FailsAsync(StatusCode.OutOfRange, () => call.ResponseStream.NextAsync());
    }

    [Theory]
    [InlineData("model", StatusCode.NotFound)]
    [InlineData("no model", StatusCode.InvalidArgument)]
    public async Task EncodeStream_StreamIsWrong_EndsAtOnce(string what, StatusCode status)
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(
            new() { Model = what == "model" ? "birds" : "", Image = Publishing.ToImage(SmallModel.Image(1)) }
        );
        await Rpc.FailsAsync(status, () => call.ResponseStream.NextAsync());
    }

    [Fact]
    public async Task EncodeStream_ItemIsWrong_IsRefusedAtOnce()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(
            new()
            {
                Model = "small-8",
                Image = new() { File = ByteString.CopyFromUtf8("no image") },
            }
        );
        Assert.Equal((int)StatusCode.InvalidArgument, (await call.ResponseStream.NextAsync()).Refusal.Code);
    }

    [Fact]
    public async Task DecodeStream_ItemOrStreamIsWrong_IsAnsweredAtOnce()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> call = server.Codec.DecodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(new() { Model = "small-8", Frame = ByteString.CopyFromUtf8("no frame") });
        Assert.Equal((int)StatusCode.InvalidArgument, (await call.ResponseStream.NextAsync()).Refusal.Code);
        await call.RequestStream.SendAsync(new() { Model = "birds", Frame = ByteString.CopyFromUtf8("no frame") });
        await Rpc.FailsAsync(StatusCode.NotFound, () => call.ResponseStream.NextAsync());
    }

    [Theory]
    [InlineData("no header", StatusCode.InvalidArgument)]
    [InlineData("no blob", StatusCode.InvalidArgument)]
    [InlineData("wrong offset", StatusCode.OutOfRange)]
    [InlineData("too much", StatusCode.InvalidArgument)]
    [InlineData("wrong digest", StatusCode.DataLoss)]
    [InlineData("second header", StatusCode.InvalidArgument)]
    public async Task UploadBlob_IsWrong_EndsAtOnce(string what, StatusCode status)
    {
        await using TestServer server = await StartAsync();
        byte[] bytes = Blobs.Random(100, seed: 1);
        var header = new V1.UploadBlobRequest
        {
            Header = new() { Blob = Blobs.Ref(bytes), Offset = what == "wrong offset" ? 5 : 0 },
        };
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = server.Models.UploadBlob(Rpc.Options);
        await call.RequestStream.SendAsync(
            what switch
            {
                "no header" => new() { Chunk = ByteString.CopyFrom(bytes) },
                "no blob" => new() { Header = new() },
                _ => header,
            }
        );
        V1.UploadBlobRequest? second = what switch
        {
            "too much" => new() { Chunk = ByteString.CopyFrom([.. bytes, 1]) },
            "wrong digest" => new() { Chunk = ByteString.CopyFrom([.. bytes.Skip(1), 1]) },
            "second header" => header,
            _ => null,
        };
        if (second is not null)
            await call.RequestStream.SendAsync(second);

        await Rpc.FailsAsync(status, () => call.ResponseAsync);
    }

    private static async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(Package);
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        return server;
    }

    private static async Task SendWrongStreamAsync(
        TestServer server,
        AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call,
        string what
    )
    {
        V1.PublishRequest.Types.Header header = Header("camera");
        V1.PublishRequest? second = null;
        switch (what)
        {
            case "unknown channel":
                header.Channel = "others";
                break;
            case "unknown model":
                header.Model = "birds";
                break;
            case "quality 40":
                header.Quality = 40;
                break;
            case "no header":
                await call.RequestStream.SendAsync(Image(1));
                return;
            case "forgotten":
                header.ProducerEpoch = 3;
                break;
            case "empty message":
                second = new V1.PublishRequest();
                break;
            case "another channel":
                second = new V1.PublishRequest { Header = new V1.PublishRequest.Types.Header(header) { Channel = "others" } };
                break;
            case "producer without number":
                second = Image(0);
                break;
            case "producer gap":
                second = Image(2);
                break;
            default:
                second = Image(1);
                break;
        }

        await call.RequestStream.SendAsync(new() { Header = header });
        if (second is null)
            return;

        await call.ResponseStream.NextAsync();
        if (what == "deleted channel")
        {
            await server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.Options);
        }
        else if (what == "fenced")
        {
            await server.PublishToAsync(Header("camera"));
        }

        await call.RequestStream.SendRefusedAsync(second);
    }

    private static V1.PublishRequest.Types.Header Header(string producer, long epoch = 0) =>
        new()
        {
            Channel = "faces",
            Model = "small-8",
            Quality = 1,
            Producer = producer,
            ProducerEpoch = epoch,
        };

    private static V1.PublishRequest Image(long producerSequence) =>
        new() { Image = Publishing.ToImage(SmallModel.Image((int)producerSequence)), ProducerSequence = producerSequence };

    private static V1.PublishRequest Wrong(string item, long producerSequence)
    {
        using CodecModel model = CodecModel.Load(Package);
        byte[] code = model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1);
        byte[] jpeg = ImageFile.EncodeJpeg(new Raster(SmallModel.Side, SmallModel.Side, 3, SmallModel.Image(1)), quality: 90);
        V1.PublishRequest request = item switch
        {
            "truncated JPEG" => new() { Image = new() { File = ByteString.CopyFrom(jpeg.AsSpan(0, jpeg.Length / 2)) } },
            "no image" => new() { Image = new() { File = ByteString.CopyFromUtf8("no image") } },
            "no source" => new() { Image = new() },
            "wrong size" => new()
            {
                Image = new()
                {
                    Pixels = new()
                    {
                        Width = 4,
                        Height = 4,
                        Channels = 3,
                        Data = ByteString.CopyFrom(new byte[48]),
                    },
                },
            },
            "wrong channels" => new()
            {
                Image = new()
                {
                    Pixels = new()
                    {
                        Width = 8,
                        Height = 8,
                        Channels = 1,
                        Data = ByteString.CopyFrom(new byte[64]),
                    },
                },
            },
            "garbage frame" => new() { Frame = ByteString.CopyFrom(Blobs.Random(100, seed: 1)) },
            "frame of another version" => new() { Frame = ByteString.CopyFrom(CodeFrame.Write(1, [code], version: Digest.Of([1]))) },
            "frame cut short" => new() { Frame = ByteString.CopyFrom(CodeFrame.Write(1, [code]).AsSpan(..^1)) },
            "wrong key" => new()
            {
                Image = Publishing.ToImage(SmallModel.Image(1)),
                Info = new() { Key = new string('k', 129) },
            },
            _ => throw new ArgumentOutOfRangeException(nameof(item), item, "No such item."),
        };
        request.ProducerSequence = producerSequence;
        return request;
    }
}
