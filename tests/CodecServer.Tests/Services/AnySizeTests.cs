using Codec;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Server.Limits;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>A grid model on the server: images of any size.</summary>
public sealed class AnySizeTests : IDisposable
{
    private const string Model = "small-grid";

    private static readonly ModelPackage Package = SmallGrid.Create(Model);

    /// <summary>A code with the size 8192×8192 and one byte after it.</summary>
    private static readonly byte[] Huge = [0x80, 0x40, 0x80, 0x40, 0];

    private readonly CodecModel _model = CodecModel.Load(Package);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 23)]
    [InlineData(1, 300)]
    [InlineData(300, 1)]
    [InlineData(96, 64)]
    public async Task Encode_AnySize_ReturnsTheModelsOwnCode(int width, int height)
    {
        await using TestServer server = await StartAsync();

        V1.EncodeResponse response = await server.Codec.EncodeAsync(Request(width, height, seed: 1), Rpc.Options);

        Assert.Equal(_model.Encode(SmallGrid.Image(width, height, 1), width, height, 1), response.Code.ToByteArray());
    }

    [Theory]
    [InlineData("Unspecified")]
    [InlineData("Cover")]
    [InlineData("Stretch")]
    public async Task Encode_ImageFile_IgnoresTheFit(string fit)
    {
        await using TestServer server = await StartAsync();
        var grey = new Raster(20, 33, 1, Blobs.Random(20 * 33, seed: 2));
        var image = new V1.Image { File = ByteString.CopyFrom(ImageFile.EncodePng(grey)), Fit = Enum.Parse<V1.Fit>(fit) };

        V1.EncodeResponse response = await server.Codec.EncodeAsync(
            new()
            {
                Model = Model,
                Quality = 1,
                Image = image,
            },
            Rpc.Options
        );

        Assert.Equal(_model.Encode(grey.WithChannels(3).Samples, 20, 33, 1), response.Code.ToByteArray());
    }

    [Fact]
    public async Task Encode_SizeOutsideTheBounds_IsInvalid()
    {
        await using TestServer server = await StartAsync("--max-image-pixels", "10000");
        V1.Pixels[] wrong =
        [
            new()
            {
                Width = 8193,
                Height = 1,
                Channels = 3,
                Data = ByteString.CopyFrom(new byte[8193 * 3]),
            },
            new()
            {
                Width = 101,
                Height = 100,
                Channels = 3,
                Data = ByteString.CopyFrom(new byte[101 * 100 * 3]),
            },
            new()
            {
                Width = 0,
                Height = 5,
                Channels = 3,
            },
            new()
            {
                Width = -4,
                Height = -4,
                Channels = 3,
                Data = ByteString.CopyFrom(new byte[48]),
            },
            new()
            {
                Width = int.MaxValue,
                Height = int.MaxValue,
                Channels = 3,
                Data = ByteString.CopyFrom(new byte[3]),
            },
            new()
            {
                Width = 5,
                Height = 4,
                Channels = 3,
                Data = ByteString.CopyFrom(new byte[59]),
            },
            new()
            {
                Width = 5,
                Height = 4,
                Channels = 1,
                Data = ByteString.CopyFrom(new byte[20]),
            },
        ];

        foreach (V1.Pixels pixels in wrong)
        {
            await Rpc.FailsAsync(
                StatusCode.InvalidArgument,
                async () =>
                    await server.Codec.EncodeAsync(
                        new()
                        {
                            Model = Model,
                            Image = new() { Pixels = pixels },
                        },
                        Rpc.Options
                    )
            );
        }
    }

    [Fact]
    public async Task EncodeStream_AllSizesAmongImagesOfAFixedModel_AnswersInOrder()
    {
        await using TestServer server = await StartAsync();
        await server.PublishAsync(SmallModel.Create());
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        Task<List<V1.EncodeResponse>> answers = call.ResponseStream.CollectAsync();
        for (int i = 0; i < 30; i++)
        {
            await call.RequestStream.SendAsync(
                i % 3 == 0
                    ? new()
                    {
                        Model = "small-8",
                        Quality = 1,
                        Image = Publishing.ToImage(SmallModel.Image(i)),
                    }
                    : Request(i + 1, 31 - i, seed: i)
            );
        }

        await call.RequestStream.CompleteAsync();

        List<V1.EncodeResponse> responses = await answers;
        Assert.Equal(30, responses.Count);
        for (int i = 0; i < 30; i++)
        {
            if (i % 3 != 0)
                Assert.Equal(_model.Encode(SmallGrid.Image(i + 1, 31 - i, i), i + 1, 31 - i, 1), responses[i].Code.ToByteArray());
        }
    }

    [Fact]
    public async Task Decode_FrameOfAllSizes_ReturnsEachWithItsOwn()
    {
        await using TestServer server = await StartAsync();
        (int Width, int Height)[] sizes = [(5, 9), (70, 3), (1, 1), (32, 32)];
        byte[] frame = CodeFrame.Write(1, [.. sizes.Select((size, i) => Code(size.Width, size.Height, i))]);

        V1.DecodeResponse response = await server.Codec.DecodeAsync(
            new() { Model = Model, Frame = ByteString.CopyFrom(frame) },
            Rpc.Options
        );

        Assert.Equal(sizes, response.Images.Select(image => (image.Width, image.Height)));
        Assert.Equal(_model.DecodeFrame(frame).Select(image => image.Samples), response.Images.Select(image => image.Data.ToByteArray()));
    }

    [Theory]
    [InlineData("80", "width")]
    [InlineData("0580", "height")]
    [InlineData("0081", "width")]
    [InlineData("81C0", "width")]
    public async Task Decode_SizeCutOffOrOutsideTheBounds_IsInvalidAndNamesTheSide(string code, string side)
    {
        await using TestServer server = await StartAsync();
        byte[] frame = CodeFrame.Write(1, [Convert.FromHexString(code)]);

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.DecodeAsync(new() { Model = Model, Frame = ByteString.CopyFrom(frame) }, Rpc.Options)
        );

        Assert.Contains(side, failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecodeAndPublish_CodeDeclaresMoreThanTheServerAllows_AreRefusedByItsSizeAlone()
    {
        await using TestServer server = await StartAsync();
        await server.Channels.CreateChannelAsync(new() { Name = "photos" }, Rpc.Options);
        ByteString frame = ByteString.CopyFrom(CodeFrame.Write(1, [Code(3, 3, 1), Huge]));

        RpcException decode = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.DecodeAsync(new() { Model = Model, Frame = frame }, Rpc.Options)
        );
        V1.PublishResponse publish = (await server.PublishToAsync(Header(), new V1.PublishRequest { Frame = frame }))[1];

        // The bytes after the size are damaged too: if they had been read, the message would report that instead.
        Assert.Equal((int)StatusCode.InvalidArgument, publish.Refusal.Code);
        Assert.All(
            [decode.Status.Detail, publish.Refusal.Message],
            text => Assert.Contains("8192×8192 pixels; at most 33554432", text, StringComparison.Ordinal)
        );
    }

    /// <summary>The room is the pixels', twice, and the decoder's: of a large image also the rows between its two threads.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task Decode_LargeImage_TakesRoomForWhatItsDecoderAllocates(int lacking, int images)
    {
        const int Width = 1280,
            Height = 900;
        const long Pixels = 2L * Width * Height * 3,
            Budget = 64 << 20;
        await using TestServer server = await StartAsync("--image-bytes", $"{Budget}", "--wait-seconds", "0");
        byte[] frame = CodeFrame.Write(1, [Code(Width, Height, 1)]);
        long decoder = _model.MeasureDecoding(new ImageSize(Width, Height));
        Assert.InRange(decoder, 1 << 17, 1 << 24);
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        using FairBudget.Reservation others = await limits.Images.EnterAsync(
            new Payer("others", "another", "call"),
            Budget - Pixels - decoder + lacking,
            wait: false,
            TestContext.Current.CancellationToken
        );

        var request = new V1.DecodeRequest { Model = Model, Frame = ByteString.CopyFrom(frame) };
        int decoded = 0;
        try
        {
            decoded = (await server.Codec.DecodeAsync(request, Rpc.Options)).Images.Count;
        }
        catch (RpcException exception)
        {
            Assert.Equal((StatusCode.ResourceExhausted, "BUSY"), (exception.StatusCode, exception.Reason()));
        }

        Assert.Equal(images, decoded);
    }

    [Fact]
    public async Task Decode_FrameExpandsToMoreThanAnAnswerMayHave_IsInvalid()
    {
        await using TestServer server = await StartAsync("--max-decoded-bytes", "65536");
        byte[] fits = CodeFrame.Write(1, [Code(140, 150, 1)]),
            exceeds = CodeFrame.Write(1, [Code(140, 150, 1), Code(30, 30, 2)]);

        await server.Codec.DecodeAsync(new() { Model = Model, Frame = ByteString.CopyFrom(fits) }, Rpc.Options);
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.DecodeAsync(new() { Model = Model, Frame = ByteString.CopyFrom(exceeds) }, Rpc.Options)
        );
    }

    [Fact]
    public async Task Publish_ImagesAndFramesOfAllSizes_AreStreamedUnchanged()
    {
        await using TestServer server = await StartAsync();
        await server.Channels.CreateChannelAsync(new() { Name = "photos" }, Rpc.Options);
        byte[] frame = CodeFrame.Write(1, [Code(40, 7, 2), Code(2, 90, 3)]);

        List<V1.PublishResponse> answers = await server.PublishToAsync(
            Header(),
            new() { Image = Request(17, 23, 1).Image },
            new() { Frame = ByteString.CopyFrom(frame) },
            new() { Image = Request(64, 48, 4).Image }
        );

        Assert.Equal([0, 1, 2, 1], answers.Select(answer => answer.Count));
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "photos", Start = true },
            Rpc.Options
        );
        await call.PositionAsync();
        Assert.Equal(Package.Version.Hex, (await call.ResponseStream.NextAsync()).Header.Version);
        Raster[] images = _model.DecodeFrame((await call.ResponseStream.NextAsync()).Frame.Memory);
        Assert.Equal([(17, 23), (40, 7), (2, 90), (64, 48)], images.Select(image => (image.Width, image.Height)));
        Assert.Equal(_model.Decode(Code(17, 23, 1).Span, 1).Samples, images[0].Samples);
    }

    [Fact]
    public async Task PublishVersion_GoldenCodeOfAnotherImage_IsInvalid()
    {
        await using TestServer server = await TestServer.StartAsync();
        ImageSize size = _model.ReadSize(Package.Manifest.Golden.Code.Span);
        byte[] other = _model.Encode(
            SmallGrid.Image(size.Width, size.Height, 99),
            size.Width,
            size.Height,
            Package.Manifest.Golden.Quality
        );
        ModelManifest manifest = Package.Manifest with { Golden = Package.Manifest.Golden with { Code = other } };

        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => server.PublishAsync(new ModelPackage(manifest.ToJson(), Package.Blobs)));
    }

    public void Dispose() => _model.Dispose();

    private static async Task<TestServer> StartAsync(params string[] args)
    {
        TestServer server = await TestServer.StartAsync(args);
        await server.PublishAsync(Package);
        return server;
    }

    private static V1.EncodeRequest Request(int width, int height, int seed) =>
        new()
        {
            Model = Model,
            Quality = 1,
            Image = new()
            {
                Pixels = new()
                {
                    Width = width,
                    Height = height,
                    Channels = 3,
                    Data = ByteString.CopyFrom(SmallGrid.Image(width, height, seed)),
                },
            },
        };

    private static V1.PublishRequest.Types.Header Header() =>
        new()
        {
            Channel = "photos",
            Model = Model,
            Quality = 1,
        };

    private ReadOnlyMemory<byte> Code(int width, int height, int seed) =>
        _model.Encode(SmallGrid.Image(width, height, seed), width, height, 1);
}
