using Codec.Client.Transport;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Transport;

public sealed class StallTests
{
    private static readonly CodecClientOptions Options = new();
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Guard_NoProgress_FailsExactlyAfterTheTimeout()
    {
        using var stall = new Stall("list the models", Options, _time, Options.CallTimeout, CancellationToken.None);
        Task<int> running = stall.GuardAsync(WaitAsync);
        _time.Advance(Options.CallTimeout - Moment);
        Assert.False(running.IsCompleted);
        _time.Advance(Moment);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => running);

        Assert.Equal("Could not list the models: http://127.0.0.1:5080 did not answer within 30 s (CallTimeout).", failure.Message);
        Assert.Equal((StatusCode.DeadlineExceeded, true), (failure.Status, failure.IsTransient));
    }

    [Fact]
    public async Task Progress_RestartsTheTimeout()
    {
        using var stall = new Stall("work", Options, _time, Options.CallTimeout, CancellationToken.None);
        Task<int> running = stall.GuardAsync(WaitAsync);
        _time.Advance(Options.CallTimeout - Moment);
        stall.Progress();
        _time.Advance(Options.CallTimeout - Moment);
        Assert.False(running.IsCompleted);
        _time.Advance(Moment);
        await Assert.ThrowsAsync<UnavailableException>(() => running);
    }

    [Fact]
    public async Task Guard_CallerCancels_EndsWithTheCallersToken()
    {
        using var stop = new CancellationTokenSource();
        using var stall = new Stall("work", Options, _time, Options.CallTimeout, stop.Token);
        Task<int> running = stall.GuardAsync(WaitAsync);

        await stop.CancelAsync();

        Assert.Equal(stop.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running)).CancellationToken);
    }

    [Fact]
    public async Task Guard_LastFailureIsKnown_ReportsItInstead()
    {
        using var stall = new Stall("work", Options, _time, Options.CallTimeout, CancellationToken.None);
        var refused = new UnavailableException(StatusCode.Unavailable, "The host refused the connection.");
        Task<int> running = stall.GuardAsync(WaitAsync, () => refused);
        _time.Advance(Options.CallTimeout);

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => running);

        Assert.Equal("The host refused the connection. It was tried again within 30 s (CallTimeout).", failure.Message);
    }

    [Fact]
    public async Task Guard_AnotherFailure_PassesThrough()
    {
        using var stall = new Stall("work", Options, _time, Options.CallTimeout, CancellationToken.None);
        var status = new RpcException(new Status(StatusCode.Cancelled, "by the server"));

        Assert.Same(status, await Assert.ThrowsAsync<RpcException>(() => stall.GuardAsync<int>(_ => throw status)));
        Assert.Equal(7, await stall.GuardAsync(_ => Task.FromResult(7)));
    }

    private static async Task<int> WaitAsync(CancellationToken token)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, token);
        return 0;
    }
}
