using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Client.Tests.Images;

/// <summary>Several small images in one message, to a server that takes them.</summary>
public sealed class EncodeTogetherTests
{
    private const int MaxImages = 4;

    private static readonly Digest Version = Digest.Of([1]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EncodeAll_ServerTakesSeveral_ImagesOfOneSizeThatWaitTravelTogether()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        List<V1.EncodeRequest> requests = [];
        ImageSource[] images = [.. Small(0, 6), Wide(6), .. Small(7, 2), ImageSource.FromFile(new byte[] { 9 }), .. Small(10, 1)];
        List<EncodeResult> results = await EncodeAsync(server, client, images, requests, Answer);

        Assert.Equal([0, MaxImages, 2, 0, 2, 0, 0], requests.Select(request => request.Images));
        Assert.Equal(
            [0, 1, 2, 3, 4, 5, 7, 8, 10],
            requests
                .Skip(1)
                .Where(request => request.Image.Pixels is { Width: 1 })
                .SelectMany(request => request.Image.Pixels.Data.Where((_, i) => i % 3 == 0))
                .Select(value => (int)value)
        );
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (long)i), results.Select(result => result.Index));
        Assert.Equal(Enumerable.Range(0, 11), results.Skip(1).Select(result => (int)result.Image!.Code.Span[^1]));
        Assert.Equal([2, 3, 2, 3], results.Skip(1).Take(4).Select(result => result.Image!.Code.Length));
    }

    [Fact]
    public async Task EncodeAll_MessageOfSeveralIsRefused_EachOfThemIs()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        List<EncodeResult> results = await EncodeAsync(
            server,
            client,
            [.. Small(0, 6)],
            [],
            request =>
                request.Images == MaxImages
                    ? new()
                    {
                        Refusal = new() { Code = (int)StatusCode.InvalidArgument, Message = "not these" },
                    }
                    : Answer(request)
        );

        Assert.Equal([true, false, false, false, false, true, true], results.Select(result => result.IsEncoded));
        Assert.All(results.Where(result => !result.IsEncoded), result => Assert.Equal("not these", result.Error!.Message));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task EncodeAll_AnswerOfAnotherNumberOfCodes_Throws(int codes)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        using CodecClient client = Clients.Create(server.Address);

        var failure = await Assert.ThrowsAsync<CorruptDataException>(() =>
            EncodeAsync(server, client, [.. Small(0, 6)], [], request => Answer(request, request.Images == MaxImages ? codes : null))
        );

        Assert.Contains($"answered {MaxImages} images with {codes} codes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EncodeAll_CutBeforeSeveralAreAnswered_SendsThemAgainAndLosesNone()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        bool isCut = false;
        List<EncodeResult> results = await EncodeAsync(
            server,
            client,
            [.. Small(0, 6)],
            [],
            Answer,
            (request, context) =>
            {
                if (request.Images == MaxImages && !isCut)
                {
                    isCut = true;
                    ScriptedServer.Cut(context);
                }
            }
        );

        Assert.True(isCut);
        Assert.Equal(Enumerable.Range(0, 6), results.Skip(1).Select(result => (int)result.Image!.Code.Span[^1]));
    }

    /// <summary>
    /// Encodes a large image, which the client sends only when it knows the server's limits, and which the server reads only when all
    /// other images wait to be sent; then those.
    /// </summary>
    private static async Task<List<EncodeResult>> EncodeAsync(
        ScriptedServer server,
        CodecClient client,
        ImageSource[] images,
        List<V1.EncodeRequest> seen,
        Func<V1.EncodeRequest, V1.EncodeResponse> answer,
        Action<V1.EncodeRequest, ServerCallContext>? arrived = null
    )
    {
        var waiting = new TaskCompletionSource();
        server.Coding.OnEncodeStream = async (requests, responses, context) =>
        {
            await context.WriteResponseHeadersAsync(ScriptedServer.Limit(8 << 20, MaxImages));
            await waiting.Task.WaitAsync(context.CancellationToken);
            while (await requests.MoveNext(context.CancellationToken))
            {
                seen.Add(requests.Current);
                arrived?.Invoke(requests.Current, context);
                await responses.WriteAsync(answer(requests.Current));
            }
        };
        return await client.EncodeAllAsync(SourcesAsync(), "small-8", 1, Token).ToListSoonAsync();

        async IAsyncEnumerable<ImageSource> SourcesAsync()
        {
            yield return ImageSource.FromFile(new byte[(3 << 20) + (512 << 10)]);
            foreach (ImageSource image in images)
                yield return image;
            waiting.TrySetResult();
            await Task.CompletedTask;
        }
    }

    /// <summary>One code for each image, whose last byte is the image's first; of 2 and 3 bytes in turn.</summary>
    private static V1.EncodeResponse Answer(V1.EncodeRequest request) => Answer(request, null);

    private static V1.EncodeResponse Answer(V1.EncodeRequest request, int? count)
    {
        var response = new V1.EncodeResponse { Version = Version.Hex, Quality = 1 };
        ByteString bytes = request.Image.Pixels?.Data ?? request.Image.File;
        if (request.Images == 0)
        {
            response.Code = ByteString.CopyFrom(0, bytes[0]);
            return response;
        }

        byte[][] codes =
        [
            .. Enumerable
                .Range(0, count ?? request.Images)
                .Select(i => new byte[] { 0, 0, bytes[Math.Min(3 * i, bytes.Length - 1)] }[((i + 1) % 2)..]),
        ];
        response.Code = ByteString.CopyFrom([.. codes.SelectMany(code => code)]);
        response.CodeLengths.Add(codes.Select(code => (uint)code.Length));
        return response;
    }

    private static IEnumerable<ImageSource> Small(int first, int count) =>
        Enumerable.Range(first, count).Select(i => ImageSource.FromPixels(new byte[] { (byte)i, 0, 0 }, 1, 1));

    private static ImageSource Wide(byte first) => ImageSource.FromPixels(new byte[] { first, 0, 0, 0, 0, 0 }, 2, 1);
}
