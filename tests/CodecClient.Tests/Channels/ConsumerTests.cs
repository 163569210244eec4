using System.Collections.Concurrent;
using System.Threading.Channels;
using Codec.Client.Tests.Infrastructure;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client.Tests.Channels;

public sealed class ConsumerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SubscribeOptions Options { get; } =
        new()
        {
            From = SubscribeFrom.Start,
            Consumer = "wall",
            AutoCommitInterval = Interval,
        };

    [Fact]
    public async Task Commit_LastProcessedCode_MovesToTheNextAndNeverBack()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        var requests = new ConcurrentQueue<V1.CommitConsumerRequest>();
        server.Channels.OnCommit = (request, _) =>
        {
            requests.Enqueue(request);
            // The first answer is lost; a commit may be repeated.
            return requests.Count == 1 ? throw ScriptedServer.Status(StatusCode.Unavailable) : Task.FromResult(Answer(request));
        };
        using CodecClient client = Clients.Create(server.Address);

        ConsumerInfo committed = await client.CommitAsync("c", "wall", 41, Token);
        ConsumerInfo sought = await client.SeekConsumerAsync("c", "wall", 7, Token);

        Assert.Equal(new ConsumerInfo("wall", 42, 3, Noon), committed);
        Assert.Equal(7, sought.NextSequence);
        Assert.Equal([(42L, false), (42L, false), (7L, true)], requests.Select(request => (request.NextSequence, request.AllowRewind)));
    }

    [Fact]
    public async Task Subscribe_RetentionOvertookTheConsumer_ExplainsHowToMoveIt()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Channels.OnSubscribe = (_, _, _) =>
            throw new RpcStatus
            {
                Code = (int)StatusCode.OutOfRange,
                Message = "sequence: 5 is before 40",
                Details = { Any.Pack(new ErrorInfo { Metadata = { ["first_sequence"] = "40", ["next_sequence"] = "90" } }) },
            }.ToRpcException();
        using CodecClient client = Clients.Create(server.Address);

        (_, SequenceException failure) = await client
            .SubscribeAsync("c", Options with { AutoCommitInterval = null }, Token)
            .UntilFailureAsync<DecodedImage, SequenceException>();
        (_, SequenceException withoutConsumer) = await client
            .SubscribeAsync("c", SubscribeFrom.At(5), Token)
            .UntilFailureAsync<DecodedImage, SequenceException>();

        Assert.Equal(
            "sequence: 5 is before 40. To continue with the oldest code of c, move the consumer wall: SeekConsumerAsync(\"c\", \"wall\", 40). "
                + "SubscribeOptions.From has no effect once it has committed.",
            failure.Message
        );
        Assert.Equal((40, 90), (failure.FirstSequence, failure.NextSequence));
        Assert.Equal("sequence: 5 is before 40. Subscribe to c from 40 to continue with the oldest code.", withoutConsumer.Message);
    }

    [Fact]
    public async Task SeekConsumer_AnswerLost_IsNotMadeAgain()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        int calls = 0;
        server.Channels.OnCommit = (_, _) =>
        {
            calls++;
            throw ScriptedServer.Status(StatusCode.Unavailable);
        };
        using CodecClient client = Clients.Create(server.Address);

        await Assert.ThrowsAsync<UnavailableException>(() => client.SeekConsumerAsync("c", "wall", 7, Token));

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task ListAndDeleteConsumers_Channel_CallsTheServer()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        var log = new List<string>();
        server.Channels.OnListConsumers = request => new V1.ListConsumersResponse { Consumers = { Info($"of-{request.Channel}", 5) } };
        server.Channels.OnDeleteConsumer = request =>
        {
            log.Add($"{request.Channel}/{request.Consumer}");
            return new V1.DeleteConsumerResponse();
        };
        using CodecClient client = Clients.Create(server.Address);

        Assert.Equal([new ConsumerInfo("of-c", 5, 3, Noon)], await client.ListConsumersAsync("c", Token));
        await client.DeleteConsumerAsync("c", "wall", Token);

        Assert.Equal(["c/wall"], log);
    }

    [Fact]
    public async Task Consumer_NameOrSequenceOutsideTheBounds_IsRefusedByTheClient()
    {
        using CodecClient client = Clients.Create("http://127.0.0.1:1");
        await Assert.ThrowsAsync<ArgumentException>(() => client.CommitAsync("c", "No Name", 1, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => client.DeleteConsumerAsync("No Name", "wall", Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.CommitAsync("c", "wall", 0, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.SeekConsumerAsync("c", "wall", 0, Token));
    }

    [Fact]
    public async Task AutoCommit_Interval_CommitsWhatTheConsumerMovedPast()
    {
        await using ScriptedServer server = await StartAsync();
        Channel<long> commits = Commits(server);
        var time = new FakeTimeProvider();
        using CodecClient client = Clients.Create(server.Address, time: time);
        await using (IAsyncEnumerator<DecodedImage> images = client.SubscribeAsync("c", Options, Token).GetAsyncEnumerator(Token))
        {
            await images.MoveNextAsync();
            time.Advance(Interval);
            // The consumer still processes the first image: only the position before it is committed, which creates the consumer.
            Assert.Equal(1, await NextAsync(commits));
            await images.MoveNextAsync();
            await images.MoveNextAsync();
            time.Advance(Interval);
            Assert.Equal(3, await NextAsync(commits));
            await images.MoveNextAsync();
        }

        Assert.Equal(4, await NextAsync(commits));
        Assert.False(commits.Reader.TryRead(out _));
    }

    [Fact]
    public async Task AutoCommit_CommitFails_IsLoggedAndRetried()
    {
        await using ScriptedServer server = await StartAsync();
        Channel<long> commits = Commits(server);
        Func<V1.CommitConsumerRequest, ServerCallContext, Task<V1.CommitConsumerResponse>> succeed = server.Channels.OnCommit!;
        var log = new LogRecorder();
        server.Channels.OnCommit = (request, context) =>
        {
            server.Channels.OnCommit = succeed;
            commits.Writer.TryWrite(-request.NextSequence);
            throw ScriptedServer.Status(StatusCode.FailedPrecondition, "not now");
        };
        var time = new FakeTimeProvider();
        using CodecClient client = Clients.Create(server.Address, log, time);
        await using (IAsyncEnumerator<DecodedImage> images = client.SubscribeAsync("c", Options, Token).GetAsyncEnumerator(Token))
        {
            await images.MoveNextAsync();
            await images.MoveNextAsync();
            time.Advance(Interval);
            Assert.Equal(-2, await NextAsync(commits));
            await log.HasAsync(23).SoonAsync();
        }

        Assert.Equal(2, await NextAsync(commits));
        Assert.Contains("The position 2 of wall in c was not committed: not now", Assert.Single(log.Of(23)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AutoCommit_ServerDoesNotAnswerAtTheEnd_WaitsABoundedTime()
    {
        await using ScriptedServer server = await StartAsync();
        var asked = new TaskCompletionSource();
        server.Channels.OnCommit = async (_, context) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            throw ScriptedServer.Status(StatusCode.Cancelled);
        };
        var log = new LogRecorder();
        var time = new FakeTimeProvider();
        using CodecClient client = Clients.Create(server.Address, log, time);
        IAsyncEnumerator<DecodedImage> images = client.SubscribeAsync("c", Options, Token).GetAsyncEnumerator(Token);
        await images.MoveNextAsync();
        Task ending = images.DisposeAsync().AsTask();
        await asked.Task.WaitAsync(Deadline, Token);
        Assert.False(ending.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(5));

        await ending.WaitAsync(Deadline, Token);
        Assert.Single(log.Of(23));
    }

    [Fact]
    public async Task AutoCommit_PositionWithoutCodes_IsCommittedToo()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        Channel<long> commits = Commits(server);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1, sparse: true);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1);
                await sender.PositionAsync(500, sparse: true);
                await sender.FrameAsync(600);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address, time: new FakeTimeProvider());

        await client.SubscribeAsync("c", Options with { Keys = ["door"] }, Token).FirstAsync(2);

        // The consumer processes the second image; the position before it is after all codes that the filter rejected.
        Assert.Equal(500, await NextAsync(commits));
    }

    private static async Task<ScriptedServer> StartAsync()
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1, 2, 3, 4, 5);
                await sender.StayAsync();
            }
        );
        return server;
    }

    private static Channel<long> Commits(ScriptedServer server)
    {
        Channel<long> commits = System.Threading.Channels.Channel.CreateUnbounded<long>();
        server.Channels.OnCommit = (request, _) =>
        {
            commits.Writer.TryWrite(request.NextSequence);
            return Task.FromResult(Answer(request));
        };
        return commits;
    }

    private static Task<long> NextAsync(Channel<long> commits) => commits.Reader.ReadAsync(Token).AsTask().WaitAsync(Deadline, Token);

    private static V1.CommitConsumerResponse Answer(V1.CommitConsumerRequest request) =>
        new() { Consumer = Info(request.Consumer, request.NextSequence) };

    private static V1.ConsumerInfo Info(string name, long next) =>
        new()
        {
            Name = name,
            NextSequence = next,
            Lag = 3,
            CommittedAt = Timestamp.FromDateTimeOffset(Noon),
        };
}
