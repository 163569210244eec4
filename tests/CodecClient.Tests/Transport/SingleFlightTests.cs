using System.Runtime.CompilerServices;
using Codec.Client.Transport;

namespace Codec.Client.Tests.Transport;

public sealed class SingleFlightTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_TwoCallersAtOnce_RunsOnceAndAgainAfterwards()
    {
        var flights = new SingleFlight<string, int>(CancellationToken.None);
        var gate = new TaskCompletionSource();
        int runs = 0;
        Task<int> first = flights.RunAsync("key", RunAsync, Token),
            second = flights.RunAsync("key", RunAsync, Token);
        gate.SetResult();
        Assert.Equal((1, 1), (await first, await second));
        Assert.Equal(2, await flights.RunAsync("key", RunAsync, Token));

        async Task<int> RunAsync(CancellationToken token)
        {
            int run = Interlocked.Increment(ref runs);
            await gate.Task.WaitAsync(token);
            return run;
        }
    }

    [Fact]
    public async Task Run_OneStopsWaiting_ContinuesForTheOthers()
    {
        var flights = new SingleFlight<string, int>(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        Task<int> leaving = flights.RunAsync("key", RunAsync, stop.Token),
            staying = flights.RunAsync("key", RunAsync, Token);

        await stop.CancelAsync();

        Assert.Equal(stop.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving)).CancellationToken);
        gate.SetResult();
        Assert.Equal(5, await staying);

        async Task<int> RunAsync(CancellationToken token)
        {
            await gate.Task.WaitAsync(token);
            return 5;
        }
    }

    [Fact]
    public async Task Run_Fails_FailsForAllAndRunsAgainAfterwards()
    {
        var flights = new SingleFlight<string, int>(CancellationToken.None);
        var gate = new TaskCompletionSource();
        int runs = 0;
        Task<int>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => flights.RunAsync("key", FailOnceAsync, Token))];
        gate.SetResult();
        foreach (Task<int> task in waiting)
            Assert.Equal("lost", (await Assert.ThrowsAsync<IOException>(() => task)).Message);

        Assert.Equal(2, await flights.RunAsync("key", FailOnceAsync, Token));

        async Task<int> FailOnceAsync(CancellationToken token)
        {
            int run = Interlocked.Increment(ref runs);
            await gate.Task.WaitAsync(token);
            return run == 1 ? throw new IOException("lost") : run;
        }
    }

    [Fact]
    public async Task Run_ClientDisposed_ThrowsForAllAlthoughNoneCancelled()
    {
        using var closed = new CancellationTokenSource();
        var flights = new SingleFlight<string, int>(closed.Token);
        Task<int> waiting = flights.RunAsync("key", HangAsync, Token);

        await closed.CancelAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);

        static async Task<int> HangAsync(CancellationToken token)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return 0;
        }
    }

    [Fact]
    public async Task Run_AllLeaveBeforeItFails_IsNotAnUnobservedException()
    {
        var unobserved = new List<string>();
        EventHandler<UnobservedTaskExceptionEventArgs> observe = (_, failure) =>
        {
            lock (unobserved)
                unobserved.AddRange(failure.Exception.InnerExceptions.Select(exception => exception.Message));
        };
        TaskScheduler.UnobservedTaskException += observe;
        try
        {
            await FailAloneAsync();
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            lock (unobserved)
                Assert.DoesNotContain("left alone", unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= observe;
        }
    }

    /// <summary>A separate method, so that nothing references the task when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task FailAloneAsync()
    {
        var flights = new SingleFlight<string, int>(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        var failing = new TaskCompletionSource();
        Task<int> waiting = flights.RunAsync("key", FailAsync, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        gate.SetResult();
        await failing.Task;

        async Task<int> FailAsync(CancellationToken token)
        {
            await gate.Task.WaitAsync(token);
            failing.SetResult();
            throw new InvalidOperationException("left alone");
        }
    }
}
