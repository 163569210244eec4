using System.Net.Sockets;
using Codec.Client.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Channels;

/// <summary>Nothing waits for an answer forever.</summary>
public sealed class PublishDeadlineTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan DefaultTimeout = new PublisherOptions().AcknowledgeTimeout;

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NoAnswer_ForTheTimeout_FailsEverythingThatWaits()
    {
        await using PublisherBench bench = await StartAsync(NeverAnswersAsync);
        ChannelPublisher publisher = await bench.OpenAsync();
        Task<Acknowledgement> sent = (await publisher.SendAsync(1)).Acknowledged;
        Task<Acknowledgement> publishing = publisher.PublishSoonAsync(2);
        Task flushing = publisher.FlushAsync(Token);

        _time.Advance(DefaultTimeout - Moment);
        Assert.False(sent.IsCompleted || publishing.IsCompleted || flushing.IsCompleted);
        _time.Advance(Moment);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => sent.SoonAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, failure.Status);
        Assert.Equal(
            $"Could not publish to faces: {bench.Client.Options.Address.GetLeftPart(UriPartial.Authority)} did not answer within 120 s "
                + "(PublisherOptions.AcknowledgeTimeout); 2 images or frames are not acknowledged, and may or may not be stored. "
                + "The connection is open.",
            failure.Message
        );
        Assert.Same(failure, await Assert.ThrowsAsync<UnavailableException>(() => publishing.SoonAsync()));
        Assert.Same(failure, await Assert.ThrowsAsync<UnavailableException>(() => flushing.SoonAsync()));
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Answer_RestartsTheTime()
    {
        var answer = new SemaphoreSlim(0);
        await using PublisherBench bench = await PublisherBench.StartAsync(
            _time,
            options => options with { MaxInFlight = 1 },
            async call =>
            {
                await call.GreetAsync();
                for (int i = 1; i <= 3; i++)
                {
                    await call.NextAsync();
                    await answer.WaitAsync(Token);
                    await call.AcknowledgeAsync(i);
                }

                await call.ServeAsync(4);
            }
        );
        await using ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        for (int i = 2; i <= 4; i++)
        {
            // The next item enters the window when the previous one is answered.
            Task<Sent> next = publisher.SendAsync(i);
            _time.Advance(DefaultTimeout - Moment);
            answer.Release();
            await next;
        }

        await publisher.FlushAsync(Token).SoonAsync();
    }

    [Fact]
    public async Task Idle_ForLong_WaitsForNothing()
    {
        await using PublisherBench bench = await StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.ServeAsync();
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        _time.Advance(DefaultTimeout * 3);
        Assert.Equal(1, (await publisher.PublishSoonAsync(1)).FirstSequence);
    }

    [Fact]
    public async Task NoConnection_ForTheTimeout_NamesTheCause()
    {
        var time = new TimeWithoutDelays();
        await using PublisherBench bench = await PublisherBench.StartAsync(
            time,
            options => options with { CallTimeout = TimeSpan.FromDays(1) },
            NeverAnswersAsync
        );
        ChannelPublisher publisher = await bench.OpenAsync();
        Task<Acknowledgement> sent = (await publisher.SendAsync(1)).Acknowledged;
        bench.Server.Channels.OnPublish = (_, _, context) =>
        {
            ScriptedServer.Cut(context);
            return Task.CompletedTask;
        };
        await bench.Server.StopAtOnceAsync();
        await bench.Log.HasAsync(20).SoonAsync();

        time.Advance(DefaultTimeout);
        var failure = await Assert.ThrowsAsync<UnavailableException>(() => sent.SoonAsync());
        Assert.Contains(
            $"{bench.Client.Options.Address.GetLeftPart(UriPartial.Authority)} did not answer",
            failure.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("The last failure was: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(new SocketException((int)SocketError.ConnectionRefused).Message, failure.Message, StringComparison.Ordinal);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task FullWindow_NoAnswer_FailsTheSenderThatWaits()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            _time,
            options => options with { MaxInFlight = 1 },
            NeverAnswersAsync
        );
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        Task<Sent> waiting = publisher.SendAsync(2);
        Assert.False(waiting.IsCompleted);
        _time.Advance(DefaultTimeout);
        await Assert.ThrowsAsync<UnavailableException>(() => waiting.SoonAsync());
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task CodesThatWaitForTheirFrame_PublisherEnded_FailToo()
    {
        await using PublisherBench bench = await StartAsync(NeverAnswersAsync);
        var options = new PublisherOptions
        {
            CodesPerFrame = 10,
            Linger = TimeSpan.FromMinutes(1),
            AcknowledgeTimeout = TimeSpan.FromSeconds(30),
        };
        ChannelPublisher publisher = await bench.OpenAsync(options);
        await publisher.SendAsync(1);
        Task<Acknowledgement> code = (await publisher.SendCodeAsync(new byte[] { 1 }, cancellationToken: Token)).Acknowledged;
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<UnavailableException>(() => code.SoonAsync())).Status);
        await Assert.ThrowsAsync<UnavailableException>(() => publisher.FlushAsync(Token).SoonAsync());
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Open_ServerThatIsFrozen_FailsAfterOneCallTimeout()
    {
        using var server = new StrangeServer(stream => stream.CopyToAsync(Stream.Null));
        var log = new LogRecorder();
        string address = $"http://127.0.0.1:{server.Port}";
        using var client = new CodecClient(Clients.Options(address) with { CallTimeout = TimeSpan.FromSeconds(4) }, log, _time);

        Task opening = client.OpenPublisherAsync("c", "m", 0, cancellationToken: Token);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => opening.IsCompleted);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => opening);
        Assert.Equal($"Could not publish to c: {address} did not answer within 4 s (CallTimeout).", failure.Message);
        Assert.Equal(0, log.Retries);
        // The failure is thrown, so it is not logged.
        Assert.Empty(log.Of(9));
    }

    [Fact]
    public async Task Dispose_NoAnswer_FailsAfterTheCallTimeoutAndThrows()
    {
        await using PublisherBench bench = await StartAsync(NeverAnswersAsync);
        ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { AcknowledgeTimeout = Timeout.InfiniteTimeSpan });
        await publisher.SendAsync(1);
        _time.Advance(TimeSpan.FromDays(1));
        Task disposing = publisher.DisposeAsync().AsTask();
        _time.Advance(bench.Client.Options.CallTimeout - Moment);
        Assert.False(disposing.IsCompleted);
        _time.Advance(Moment);
        var failure = await Assert.ThrowsAsync<UnavailableException>(() => disposing.SoonAsync());
        Assert.Contains("within 30 s (CodecClientOptions.CallTimeout); 1 images or frames", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_NothingUnanswered_DoesNotWaitForAStoppedServer()
    {
        var seen = new TaskCompletionSource();
        await using PublisherBench bench = await StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(1);
            await seen.Task;
            call.Cut();
            await call.HangAsync();
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.PublishSoonAsync(1);
        seen.SetResult();
        await bench.Log.HasAsync(1).SoonAsync();
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    private static async Task NeverAnswersAsync(PublishCall call)
    {
        await call.GreetAsync();
        await call.HangAsync();
    }

    private Task<PublisherBench> StartAsync(params Func<PublishCall, Task>[] scripts) =>
        PublisherBench.StartAsync(_time, options => options, scripts);

    /// <summary>A clock that advances only when the test moves it, except that delays between attempts pass at once.</summary>
    private sealed class TimeWithoutDelays : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime <= Clients.MaxDelay && dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}
