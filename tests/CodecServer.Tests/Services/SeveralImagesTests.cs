using Codec;
using Codec.Imaging;
using Codec.Models;
using Codec.Server.Limits;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static CodecServer.Tests.Services.SmallModelServer;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Several small images in one message.</summary>
public sealed class SeveralImagesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EncodeStream_MessagesOfSeveralImages_AnswersACodeForEachInOrder()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(Package);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        Assert.Equal("16", (await call.ResponseHeadersAsync).GetValue("codec-max-message-images"));
        Task<List<V1.EncodeResponse>> answers = call.ResponseStream.CollectAsync();
        int[] counts = [16, 1, 5, 16, 2];
        int first = 0;
        foreach (int count in counts)
        {
            await call.RequestStream.SendAsync(Request(first, count));
            first += count;
        }

        await call.RequestStream.CompleteAsync();

        List<V1.EncodeResponse> responses = await answers;
        Assert.Equal(counts, responses.Select(response => Math.Max(1, response.CodeLengths.Count)));
        Assert.All(responses, response => Assert.Equal((Package.Version.Hex, 1), (response.Version, response.Quality)));
        byte[][] codes = [.. responses.SelectMany(CodesOf)];

        // In rare cases a batched matrix product rounds differently from a single one, so most codes, not all, must be equal.
        int same = codes
            .Select((code, i) => model.Encode(SmallModel.Image(i), SmallModel.Side, SmallModel.Side, 1).AsSpan().SequenceEqual(code))
            .Count(equal => equal);
        Assert.InRange(same, first - 2, first);
    }

    [Fact]
    public async Task EncodeStream_InvalidMessageOfSeveral_IsRefusedAloneAndTheStreamContinues()
    {
        await using TestServer server = await StartAsync();
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        var file = new V1.Image { File = ByteString.CopyFrom(ImageFile.EncodePng(new(8, 8, 3, new byte[192]))) };
        var large = new V1.Image
        {
            Pixels = new()
            {
                Width = 100,
                Height = 100,
                Channels = 3,
                Data = ByteString.CopyFrom(new byte[7 * 30_000]),
            },
        };
        (V1.EncodeRequest Request, string? Refusal)[] messages =
        [
            (Request(0, 2), null),
            (Request(0, 17), "images: 17 images of 8×8 pixels; one message has 1 to 16"),
            (With(Request(0, 2), request => request.Images = -1), "images: -1 images of 8×8 pixels; one message has 1 to 16"),
            (With(Request(0, 2), request => request.Images = 3), "image.pixels.data: 384 bytes; width × height × channels × images is 576"),
            (With(Request(0, 2), request => request.Image = file), "images: 2; a file is one image"),
            (
                With(Request(0, 7), request => request.Image = large),
                "images: 7 images of 100×100 pixels; one message has 1 to 16, and several"
            ),
            (With(Request(0, 2), request => request.Quality = 40), "quality: 40 is out of range"),
            (Request(0, 3), null),
        ];
        foreach ((V1.EncodeRequest request, _) in messages)
            await call.RequestStream.SendAsync(request);

        await call.RequestStream.CompleteAsync();
        List<V1.EncodeResponse> answers = await call.ResponseStream.CollectAsync();

        Assert.Equal([2, 0, 0, 0, 0, 0, 0, 3], answers.Select(answer => answer.CodeLengths.Count));
        Assert.All(
            messages.Zip(answers),
            pair => Assert.StartsWith(pair.First.Refusal ?? "", pair.Second.Refusal?.Message ?? "", StringComparison.Ordinal)
        );
        Assert.All(messages.Zip(answers), pair => Assert.Equal(pair.First.Refusal is null, pair.Second.Refusal is null));
    }

    [Fact]
    public async Task Encode_SeveralImages_ReturnsACodeForEach()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(Package);

        V1.EncodeResponse response = await server.Codec.EncodeAsync(Request(3, 4), Rpc.Options);

        Assert.Equal(model.EncodeBatch(Samples(3, 4), 1), CodesOf(response));
    }

    [Fact]
    public async Task Encode_SeveralImagesOfAModelOfAnySize_ReturnsACodeForEach()
    {
        await using TestServer server = await TestServer.StartAsync();
        ModelPackage package = SmallGrid.Create("small-grid");
        await server.PublishAsync(package);
        using CodecModel model = CodecModel.Load(package);
        byte[][] images = [.. Enumerable.Range(1, 3).Select(seed => SmallGrid.Image(20, 12, seed))];
        var pixels = new V1.Pixels
        {
            Width = 20,
            Height = 12,
            Channels = 3,
            Data = ByteString.CopyFrom([.. images.SelectMany(image => image)]),
        };

        V1.EncodeResponse response = await server.Codec.EncodeAsync(
            new()
            {
                Model = "small-grid",
                Quality = 1,
                Image = new() { Pixels = pixels },
                Images = images.Length,
            },
            Rpc.Options
        );

        Assert.Equal(images.Select(image => model.Encode(image, 20, 12, 1)), CodesOf(response));
    }

    [Fact]
    public async Task EncodeStream_MoreImagesThanTheQueueHasPlaces_GoAlone()
    {
        await using TestServer server = await StartAsync("--queue-length", "4");
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        for (int i = 0; i < 4; i++)
            await call.RequestStream.SendAsync(Request(0, 16));

        await call.RequestStream.CompleteAsync();

        Assert.All(await call.ResponseStream.CollectAsync(), answer => Assert.Equal(16, answer.CodeLengths.Count));
    }

    [Fact]
    public async Task EncodeStream_EndedByItsCallerWhileImagesWait_ReturnsTheirPlaces()
    {
        await using TestServer server = await StartAsync();
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        using FairBudget.Reservation all = await limits.EncoderQueue.TakeAsync(
            Payer.Server,
            limits.EncoderQueue.Limit,
            Timeout.InfiniteTimeSpan,
            Ct
        );
        using (AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options))
        {
            await call.RequestStream.SendAsync(Request(0, 16));
            await Waiting.UntilAsync(() => limits.StreamsInEncoderQueue.Held == 16, "The images to take places of streams", Ct);
        }

        await Waiting.UntilAsync(
            () => limits.StreamsInEncoderQueue.Held + limits.EncoderQueue.Waiting + limits.SmallMessages.Held == 0,
            "The places and the room to return",
            Ct
        );
        all.Dispose();
        Assert.Equal(16, (await server.Codec.EncodeAsync(Request(0, 16), Rpc.Options)).CodeLengths.Count);
    }

    private static byte[] Samples(int first, int count) => [.. Enumerable.Range(first, count).SelectMany(SmallModel.Image)];

    private static V1.EncodeRequest Request(int first, int count) =>
        new()
        {
            Model = "small-8",
            Quality = 1,
            Image = Publishing.ToImage(Samples(first, count)),
            Images = count,
        };

    private static V1.EncodeRequest With(V1.EncodeRequest request, Action<V1.EncodeRequest> change)
    {
        change(request);
        return request;
    }

    private static byte[][] CodesOf(V1.EncodeResponse response)
    {
        if (response.CodeLengths.Count == 0)
            return [response.Code.ToByteArray()];

        var codes = new List<byte[]>();
        int start = 0;
        foreach (uint length in response.CodeLengths)
        {
            codes.Add(response.Code.Span.Slice(start, (int)length).ToArray());
            start += (int)length;
        }

        Assert.Equal(response.Code.Length, start);
        return [.. codes];
    }
}
