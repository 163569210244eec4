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

public sealed class CodecServiceTests
{
    [Fact]
    public async Task Encode_Pixels_ReturnsTheModelsOwnCode()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(Package);
        for (int quality = 0; quality < 2; quality++)
        {
            V1.EncodeResponse response = await server.Codec.EncodeAsync(Request(SmallModel.Image(3), quality), Rpc.Options);

            Assert.Equal((Package.Version.Hex, quality), (response.Version, response.Quality));
            Assert.Equal(model.Encode(SmallModel.Image(3), SmallModel.Side, SmallModel.Side, quality), response.Code.ToByteArray());
        }
    }

    [Fact]
    public async Task Decode_Frame_ReturnsTheModelsOwnImages()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(Package);
        ReadOnlyMemory<byte>[] codes =
        [
            .. Enumerable
                .Range(0, 5)
                .Select(seed => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, 1)),
        ];
        byte[] frame = CodeFrame.Write(1, codes);

        V1.DecodeResponse response = await server.Codec.DecodeAsync(
            new() { Model = "small-8", Frame = ByteString.CopyFrom(frame) },
            Rpc.Options
        );

        Assert.Equal(model.DecodeFrame(frame).Select(image => image.Samples), response.Images.Select(image => image.Data.ToByteArray()));
        Assert.All(response.Images, image => Assert.Equal((8, 8, 3), (image.Width, image.Height, image.Channels)));
    }

    [Fact]
    public async Task EncodeStream_ManyImages_AnswersInOrder()
    {
        await using TestServer server = await StartAsync("--stream-window", "4");
        using CodecModel model = CodecModel.Load(Package);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        Task<List<V1.EncodeResponse>> answers = call.ResponseStream.CollectAsync();
        for (int i = 0; i < 100; i++)
        {
            V1.EncodeRequest request = Request(SmallModel.Image(i), i % 2);
            request.Model = i == 0 ? "small-8" : "";
            await call.RequestStream.SendAsync(request);
        }

        await call.RequestStream.CompleteAsync();

        List<V1.EncodeResponse> responses = await answers;
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 2), responses.Select(response => response.Quality));

        // In rare cases a batched matrix product rounds differently from a single one, so most codes, not all, must be equal.
        int same = responses
            .Select(
                (response, i) =>
                    model.Encode(SmallModel.Image(i), SmallModel.Side, SmallModel.Side, i % 2).AsSpan().SequenceEqual(response.Code.Span)
            )
            .Count(equal => equal);
        Assert.InRange(same, 95, 100);
    }

    [Fact]
    public async Task EncodeStream_InvalidImage_IsRefusedInOrderAndTheStreamContinues()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(Request(SmallModel.Image(1), 1));
        await call.RequestStream.SendAsync(Request(new byte[5], 1));
        await call.RequestStream.SendAsync(Request(SmallModel.Image(2), 40));
        await call.RequestStream.SendAsync(Request(SmallModel.Image(2), 1));
        await call.RequestStream.CompleteAsync();

        List<V1.EncodeResponse> answers = await call.ResponseStream.CollectAsync();

        Assert.Equal([false, true, true, false], answers.Select(answer => answer.Code.IsEmpty));
        Assert.Equal(
            [null, (int)StatusCode.InvalidArgument, (int)StatusCode.InvalidArgument, null],
            answers.Select(answer => answer.Refusal?.Code)
        );
        Assert.Contains("quality", answers[2].Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecodeStream_InvalidFrame_IsRefusedInOrderAndTheStreamContinues()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        ByteString frame = ByteString.CopyFrom(
            CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)])
        );
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> call = server.Codec.DecodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(new() { Model = "small-8", Frame = ByteString.CopyFrom(1, 2, 3) });
        await call.RequestStream.SendAsync(new() { Frame = frame, Head = "nose" });
        await call.RequestStream.SendAsync(new() { Frame = frame });
        await call.RequestStream.CompleteAsync();

        List<V1.DecodeResponse> answers = await call.ResponseStream.CollectAsync();

        Assert.Equal([0, 0, 1], answers.Select(answer => answer.Images.Count));
        Assert.Equal(
            [(int)StatusCode.InvalidArgument, (int)StatusCode.InvalidArgument, null],
            answers.Select(answer => answer.Refusal?.Code)
        );
    }

    [Fact]
    public async Task EncodeStream_FirstMessageNamesNoModel_IsInvalid()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        V1.EncodeRequest request = Request(SmallModel.Image(1), 1);
        request.Model = "";
        await call.RequestStream.SendAsync(request);

        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => call.ResponseStream.NextAsync());
    }

    [Fact]
    public async Task DecodeStream_ManyFrames_AnswersInOrder()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(Package);
        byte[][] frames =
        [
            .. Enumerable
                .Range(0, 20)
                .Select(i => CodeFrame.Write(1, [model.Encode(SmallModel.Image(i), SmallModel.Side, SmallModel.Side, 1)])),
        ];
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> call = server.Codec.DecodeStream(Rpc.Options);
        Task<List<V1.DecodeResponse>> answers = call.ResponseStream.CollectAsync();
        for (int i = 0; i < frames.Length; i++)
        {
            await call.RequestStream.SendAsync(
                new()
                {
                    Model = i == 0 ? "small-8" : "",
                    Frame = ByteString.CopyFrom(frames[i]),
                    Head = "image",
                }
            );
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal(
            frames.Select(frame => model.DecodeFrame(frame)[0].Samples),
            (await answers).Select(answer => Assert.Single(answer.Images).Data.ToByteArray())
        );
    }

    [Fact]
    public async Task Encode_ImageFile_IsFittedAsRequested()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(Package);
        var image = new Raster(20, 10, 3, Blobs.Random(600, seed: 1));
        ByteString png = ByteString.CopyFrom(ImageFile.EncodePng(image));

        V1.EncodeResponse cover = await server.Codec.EncodeAsync(FileRequest(png, V1.Fit.Cover), Rpc.Options);
        V1.EncodeResponse stretch = await server.Codec.EncodeAsync(FileRequest(png, V1.Fit.Stretch), Rpc.Options);

        Assert.Equal(model.Encode(Resampler.Cover(image, 8, 8).Samples, 8, 8, 1), cover.Code.ToByteArray());
        Assert.Equal(model.Encode(Resampler.Resize(image, 8, 8).Samples, 8, 8, 1), stretch.Code.ToByteArray());
        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Codec.EncodeAsync(FileRequest(png, V1.Fit.Unspecified), Rpc.Options)
        );
    }

    [Fact]
    public async Task Encode_FileLargerThanGrpcsDefault_IsEncoded()
    {
        await using TestServer server = await StartAsync();
        ByteString file = ByteString.CopyFrom(ImageFile.EncodePng(new Raster(1300, 1300, 3, Blobs.Random(1300 * 1300 * 3, seed: 1))));
        Assert.InRange(file.Length, (4 << 20) + 1, 20 << 20);

        Assert.NotEmpty((await server.Codec.EncodeAsync(FileRequest(file, V1.Fit.Cover), Rpc.Options)).Code);
    }

    [Fact]
    public async Task Encode_QueueIsFull_UnaryIsRefusedWithARetryTimeAndStreamsWait()
    {
        await using TestServer server = await StartAsync("--queue-length", "1", "--wait-seconds", "0");
        using FairBudget.Reservation place = await server
            .App.Services.GetRequiredService<ServerLimits>()
            .EncoderQueue.TakeAsync(Payer.Server, 1, Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.ResourceExhausted,
            async () => await server.Codec.EncodeAsync(Request(SmallModel.Image(1), 1), Rpc.Options)
        );
        Assert.Equal(100_000_000, failure.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.Nanos);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(Request(SmallModel.Image(1), 1));
        Task<V1.EncodeResponse> answer = call.ResponseStream.NextAsync();
        Assert.False(answer.IsCompleted);

        place.Dispose();

        Assert.NotEmpty((await answer).Code);
    }

    [Fact]
    public async Task Encode_MoreModelsThanAreLoaded_ServesThemInTurn()
    {
        await using TestServer server = await TestServer.StartAsync("--max-loaded", "1");
        await server.PublishAsync(SmallModel.Create("one"));
        await server.PublishAsync(SmallModel.Create("two"));
        for (int i = 0; i < 4; i++)
            await server.Codec.EncodeAsync(Request(SmallModel.Image(i), 1, i % 2 == 0 ? "one" : "two"), Rpc.Options);

        // A silent stream keeps its choice, and no place.
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        await call.RequestStream.SendAsync(Request(SmallModel.Image(1), 1, "one"));
        string version = (await call.ResponseStream.NextAsync()).Version;
        await server.Codec.EncodeAsync(Request(SmallModel.Image(1), 1, "two"), Rpc.Options);
        await call.RequestStream.SendAsync(Request(SmallModel.Image(1), 1, ""));
        Assert.Equal(version, (await call.ResponseStream.NextAsync()).Version);
    }
}
