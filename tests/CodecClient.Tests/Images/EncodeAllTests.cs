using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client.Tests.Images;

public sealed class EncodeAllTests
{
    private static readonly Digest Version = Digest.Of([1]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EncodeAll_OneRefused_ContinuesWithTheOthers()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Coding.OnEncodeStream = async (requests, responses, context) =>
        {
            for (byte i = 0; await requests.MoveNext(context.CancellationToken); i++)
                await responses.WriteAsync(i == 1 ? Refusal("no image") : Answer(i));
        };
        using CodecClient client = Clients.Create(server.Address);
        List<EncodeResult> results = await client.EncodeAllAsync(Sources(4), "small-8", 1, Token).ToListSoonAsync();
        Assert.Equal([(0L, true), (1, false), (2, true), (3, true)], results.Select(result => (result.Index, result.IsEncoded)));
        Assert.Equal([0, 2, 3], results.Where(result => result.IsEncoded).Select(result => result.Image!.Code.Span[0]));
        Assert.Equal("no image", Assert.IsType<InvalidRequestException>(results[1].Error).Message);
    }

    [Fact]
    public async Task EncodeAll_LargerThanTheServerAccepts_IsRefusedInOrderAndNotSent()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Coding.OnEncodeStream = async (requests, responses, context) =>
        {
            await context.WriteResponseHeadersAsync(ScriptedServer.Limit(3 << 20));
            for (byte i = 0; await requests.MoveNext(context.CancellationToken); i++)
            {
                bool isEmpty = requests.Current.Image.SourceCase == V1.Image.SourceOneofCase.None;
                await responses.WriteAsync(isEmpty ? Refusal("image: it has no source") : Answer(i));
            }
        };
        using CodecClient client = Clients.Create(server.Address);
        ImageSource large = ImageSource.FromFile(new byte[3 << 20]);
        IAsyncEnumerable<ImageSource> sources = new[] { large, Clients.Source(1), large, Clients.Source(2) }.ToAsyncEnumerable();

        List<EncodeResult> results = await client.EncodeAllAsync(sources, "small-8", 1, Token).ToListSoonAsync();

        Assert.Equal([false, true, false, true], results.Select(result => result.IsEncoded));
        Assert.Equal([1, 3], results.Where(result => result.IsEncoded).Select(result => result.Image!.Code.Span[0]));
        var refusal = Assert.IsType<InvalidRequestException>(results[2].Error);
        Assert.Equal(StatusCode.InvalidArgument, refusal.Status);
        Assert.Matches("the image's message has 31457[0-9]{2} bytes; the server accepts 3145728", refusal.Message);
        Assert.Contains("--max-message-bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EncodeAll_CutMidway_RequestsTheSameVersionAgainAndLosesNothing()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        int calls = 0;
        var seen = new TaskCompletionSource();
        var models = new List<string>();
        server.Coding.OnEncodeStream = async (requests, responses, context) =>
        {
            bool first = Interlocked.Increment(ref calls) == 1;
            while (await requests.MoveNext(context.CancellationToken))
            {
                if (first && requests.Current.Image.Pixels.Data[0] == 2)
                {
                    await seen.Task;
                    ScriptedServer.Cut(context);
                }

                if (!first)
                    models.Add(requests.Current.Model);
                await responses.WriteAsync(Answer(requests.Current.Image.Pixels.Data[0]));
            }
        };
        using CodecClient client = Clients.Create(server.Address);
        var results = new List<EncodeResult>();
        await foreach (EncodeResult result in client.EncodeAllAsync(Sources(5), "small-8", 1, Token))
        {
            results.Add(result);
            seen.TrySetResult();
        }

        Assert.Equal([0, 1, 2, 3, 4], results.Select(result => result.Image!.Code.Span[0]));
        Assert.Equal($"small-8@sha256:{Version.Hex}", models[^1]);
    }

    [Fact]
    public async Task EncodeAll_AnotherVersionMidway_Throws()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Coding.OnEncodeStream = async (requests, responses, context) =>
        {
            for (byte i = 0; await requests.MoveNext(context.CancellationToken); i++)
                await responses.WriteAsync(new V1.EncodeResponse(Answer(i)) { Version = Digest.Of([i]).Hex });
        };
        using CodecClient client = Clients.Create(server.Address);
        await Assert.ThrowsAsync<CorruptDataException>(() => client.EncodeAllAsync(Sources(2), "small-8", 1, Token).ToListSoonAsync());
    }

    [Fact]
    public async Task EncodeAll_StatusWhileTheSourceIsIdle_EndsAtOnce()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Coding.OnEncodeStream = async (requests, _, context) =>
        {
            await requests.MoveNext(context.CancellationToken);
            throw ScriptedServer.Status(StatusCode.NotFound, "model: 'small-8' is not known");
        };
        using CodecClient client = Clients.Create(server.Address);
        await Assert.ThrowsAsync<NotFoundException>(() => client.EncodeAllAsync(OneThenIdleAsync(), "small-8", 1, Token).ToListSoonAsync());
    }

    [Fact]
    public async Task EncodeAll_NothingListens_FailsAccordingToThePolicy()
    {
        string address = $"http://127.0.0.1:{Ports.Free()}";
        using var client = new CodecClient(
            Clients.Options(address) with
            {
                Reconnect = new ReconnectPolicy
                {
                    InitialDelay = TimeSpan.FromMilliseconds(1),
                    MaxDelay = Clients.MaxDelay,
                    MaxAttempts = 2,
                },
            }
        );
        var states = new List<ConnectionState>();
        client.ConnectionChanged += (_, change) => states.Add(change.State);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() =>
            client.EncodeAllAsync(Sources(2), "small-8", 1, Token).ToListSoonAsync()
        );

        Assert.Contains($"{address} refused the connection", failure.Message, StringComparison.Ordinal);
        Assert.Equal([ConnectionState.Connecting, ConnectionState.Waiting, ConnectionState.Idle], states);
    }

    [Fact]
    public async Task EncodeAll_ServerThatNeverAnswers_FailsAfterTheCallTimeout()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        var came = new TaskCompletionSource();
        server.Coding.OnEncodeStream = async (requests, _, context) =>
        {
            await requests.MoveNext(context.CancellationToken);
            came.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var time = new FakeTimeProvider();
        using CodecClient client = Clients.Create(server.Address, time: time);

        Task<List<EncodeResult>> encoding = client.EncodeAllAsync(OneThenIdleAsync(), "small-8", 1, Token).ToListSoonAsync();
        await came.Task.SoonAsync();
        time.Advance(client.Options.CallTimeout);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => encoding);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.Status);
        Assert.Equal(
            $"Could not encode with small-8: {server.Address} did not answer within 30 s (CallTimeout). The connection is open.",
            failure.Message
        );
    }

    [Fact]
    public async Task EncodeAll_AnsweredTwice_Throws()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Coding.OnEncodeStream = async (requests, responses, context) =>
        {
            await requests.MoveNext(context.CancellationToken);
            await responses.WriteAsync(Answer(0));
            await responses.WriteAsync(Answer(0));
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using CodecClient client = Clients.Create(server.Address);

        (List<EncodeResult> results, CorruptDataException failure) = await client
            .EncodeAllAsync(OneThenIdleAsync(), "small-8", 1, Token)
            .UntilFailureAsync<EncodeResult, CorruptDataException>();

        Assert.Single(results);
        Assert.Contains("answered more messages than were sent", failure.Message, StringComparison.Ordinal);
    }

    private static V1.EncodeResponse Answer(byte code) =>
        new()
        {
            Version = Version.Hex,
            Quality = 1,
            Code = ByteString.CopyFrom(code),
        };

    private static V1.EncodeResponse Refusal(string message) =>
        new()
        {
            Refusal = new RpcStatus { Code = (int)StatusCode.InvalidArgument, Message = message },
        };

    private static IAsyncEnumerable<ImageSource> Sources(int count) =>
        Enumerable.Range(0, count).Select(i => ImageSource.FromPixels(new byte[] { (byte)i, 0, 0 }, 1, 1)).ToAsyncEnumerable();

    private static async IAsyncEnumerable<ImageSource> OneThenIdleAsync()
    {
        yield return Clients.Source(1);
        await new TaskCompletionSource().Task;
    }
}
