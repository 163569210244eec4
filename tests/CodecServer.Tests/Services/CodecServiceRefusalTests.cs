using Codec;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Server.Limits;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static CodecServer.Tests.Services.SmallModelServer;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Requests to encode or decode that are refused: malformed ones, and those beyond a bound.</summary>
public sealed class CodecServiceRefusalTests
{
    [Theory]
    [InlineData("not an image at all")]
    [InlineData("")]
    public async Task Encode_FileThatIsNotAnImage_IsInvalid(string file)
    {
        await using TestServer server = await StartAsync();

        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () =>
                await server.Codec.EncodeAsync(
                    new()
                    {
                        Model = "small-8",
                        Image = new() { File = ByteString.CopyFromUtf8(file), Fit = V1.Fit.Cover },
                    },
                    Rpc.Options
                )
        );
    }

    [Fact]
    public async Task Encode_FileBeyondTheLimits_IsInvalid()
    {
        await using TestServer server = await StartAsync("--max-image-pixels", "100", "--max-image-file-bytes", "2000");
        ByteString tooManyPixels = ByteString.CopyFrom(ImageFile.EncodePng(new Raster(20, 10, 3, new byte[600])));
        ByteString tooManyBytes = ByteString.CopyFrom(Blobs.Random(3000, seed: 1));

        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.EncodeAsync(FileRequest(tooManyPixels, V1.Fit.Cover), Rpc.Options)
        );
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.EncodeAsync(FileRequest(tooManyBytes, V1.Fit.Cover), Rpc.Options)
        );
    }

    [Fact]
    public async Task EncodeAndDecode_ImageOfMorePixelsThanAllowed_AreInvalid()
    {
        await using TestServer server = await StartAsync("--max-image-pixels", "63");
        using CodecModel model = CodecModel.Load(Package);
        ByteString frame = ByteString.CopyFrom(
            CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)])
        );

        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.EncodeAsync(Request(SmallModel.Image(1), 1), Rpc.Options)
        );
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.DecodeAsync(new() { Model = "small-8", Frame = frame }, Rpc.Options)
        );
    }

    [Fact]
    public async Task Encode_RequestThatDoesNotFit_IsInvalid()
    {
        await using TestServer server = await StartAsync();
        V1.EncodeRequest[] wrong =
        [
            Request(SmallModel.Image(1), 2),
            Request(SmallModel.Image(1), -1),
            Request(new byte[191], 1),
            new()
            {
                Model = "small-8",
                Image = new()
                {
                    Pixels = new()
                    {
                        Width = 4,
                        Height = 16,
                        Channels = 3,
                        Data = ByteString.CopyFrom(new byte[192]),
                    },
                },
            },
            new()
            {
                Model = "small-8",
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
            new() { Model = "small-8", Image = new() },
            new() { Model = "small-8" },
        ];

        foreach (V1.EncodeRequest request in wrong)
            await Rpc.FailsAsync(StatusCode.InvalidArgument, async () => await server.Codec.EncodeAsync(request, Rpc.Options));

        await Rpc.FailsAsync(StatusCode.NotFound, async () => await server.Codec.EncodeAsync(new() { Model = "birds" }, Rpc.Options));
    }

    [Fact]
    public async Task Decode_NotAFrame_IsInvalid()
    {
        await using TestServer server = await StartAsync("--max-decoded-bytes", "65536");
        using CodecModel model = CodecModel.Load(Package);
        ReadOnlyMemory<byte> code = model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1);
        byte[] good = CodeFrame.Write(1, [code]);
        byte[] tooMany = CodeFrame.Write(1, [.. Enumerable.Repeat(code, 400)]);
        byte[] otherVersion = CodeFrame.Write(1, [code], version: Digest.Of([1]));
        foreach (byte[] frame in new[] { [], good[..^1], [.. good, 0], tooMany, otherVersion, Blobs.Random(100, seed: 1) })
        {
            await Rpc.FailsAsync(
                StatusCode.InvalidArgument,
                async () => await server.Codec.DecodeAsync(new() { Model = "small-8", Frame = ByteString.CopyFrom(frame) }, Rpc.Options)
            );
        }

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () =>
                await server.Codec.DecodeAsync(
                    new()
                    {
                        Model = "small-8",
                        Frame = ByteString.CopyFrom(good),
                        Head = "mask",
                    },
                    Rpc.Options
                )
        );
        Assert.Contains("it has: image", failure.Status.Detail, StringComparison.Ordinal);
    }
}
