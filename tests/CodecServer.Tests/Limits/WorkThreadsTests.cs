using Codec.Server.Limits;

namespace CodecServer.Tests.Limits;

public sealed class WorkThreadsTests
{
    private static readonly Payer First = new("a", "a", "a");
    private static readonly Payer Second = new("b", "b", "b");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_Work_RunsOnThreadsOfItsOwnAndItsFailureReachesTheCaller()
    {
        using var threads = new WorkThreads("Test", 2, TimeProvider.System);

        Assert.False(await threads.RunAsync(First, () => Thread.CurrentThread.IsThreadPoolThread, Ct));
        await Assert.ThrowsAsync<InvalidDataException>(() => threads.RunAsync<int>(First, () => throw new InvalidDataException(), Ct));
        Assert.Equal(7, await threads.RunAsync(First, () => 7, Ct));
    }

    [Fact]
    public async Task EnterAsync_ThreadBecomesFree_GoesToTheCallerThatHasFewest()
    {
        using var threads = new WorkThreads("Test", 2, TimeProvider.System);
        WorkThreads.Worker one = await threads.EnterAsync(First, Ct);
        WorkThreads.Worker two = await threads.EnterAsync(First, Ct);
        Task<WorkThreads.Worker> earlier = threads.EnterAsync(First, Ct).AsTask();
        Task<WorkThreads.Worker> later = threads.EnterAsync(Second, Ct).AsTask();

        one.Dispose();
        using WorkThreads.Worker ofSecond = await later;
        Assert.False(earlier.IsCompleted);

        two.Dispose();
        using WorkThreads.Worker ofFirst = await earlier;
    }

    [Fact]
    public async Task EnterAsync_CallerGivesUp_LeavesItsTurnToTheNext()
    {
        using var threads = new WorkThreads("Test", 1, TimeProvider.System);
        WorkThreads.Worker only = await threads.EnterAsync(First, Ct);
        using var end = new CancellationTokenSource();
        Task<WorkThreads.Worker> abandoned = threads.EnterAsync(Second, end.Token).AsTask();
        Task<WorkThreads.Worker> next = threads.EnterAsync(First, Ct).AsTask();

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        only.Dispose();
        (await next).Dispose();
    }
}
