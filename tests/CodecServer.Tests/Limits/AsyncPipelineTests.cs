using Codec.Server.Limits;

namespace CodecServer.Tests.Limits;

public sealed class AsyncPipelineTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static PipelineWindow Eight => new(8, 100);

    [Fact]
    public async Task SelectAheadAsync_LaterItemsFinishFirst_YieldsInOrder()
    {
        TaskCompletionSource<int>[] work = [new(), new(), new()];
        await using IAsyncEnumerator<int> results = Source(3)
            .SelectAheadAsync(i => work[i].Task, Weightless, Eight, cancellationToken: Ct)
            .GetAsyncEnumerator(Ct);
        ValueTask<bool> first = results.MoveNextAsync();
        work[2].SetResult(2);
        work[1].SetResult(1);
        Assert.False(first.IsCompleted);

        work[0].SetResult(0);

        Assert.True(await first);
        Assert.Equal(0, results.Current);
        for (int i = 1; i < 3; i++)
        {
            Assert.True(await results.MoveNextAsync());
            Assert.Equal(i, results.Current);
        }

        Assert.False(await results.MoveNextAsync());
    }

    [Fact]
    public async Task SelectAheadAsync_NextResult_IsReadyOnlyOnceItsWorkHasEnded()
    {
        TaskCompletionSource<int>[] work = [new(), new(), new()];
        var next = new NextResult();
        await using IAsyncEnumerator<int> results = Source(3)
            .SelectAheadAsync(i => work[i].Task, Weightless, Eight, next, Ct)
            .GetAsyncEnumerator(Ct);
        ValueTask<bool> first = results.MoveNextAsync();
        work[1].SetResult(1);
        work[0].SetResult(0);
        Assert.True(await first);
        Assert.True(await results.MoveNextAsync());
        Assert.False(next.IsReady);

        work[2].SetResult(2);

        Assert.True(await results.MoveNextAsync());
        Assert.False(next.IsReady);
    }

    [Theory]
    [InlineData(40, 2)]
    [InlineData(100, 1)]
    [InlineData(1_000_000, 1)]
    public async Task SelectAheadAsync_HeavyItems_ReadsNoFurtherThanTheWindowsBytes(int weight, int ahead)
    {
        int started = 0;
        var work = new TaskCompletionSource<int>();
        await using IAsyncEnumerator<int> results = Source(20)
            .SelectAheadAsync(
                _ =>
                {
                    started++;
                    return work.Task;
                },
                _ => weight,
                Eight,
                cancellationToken: Ct
            )
            .GetAsyncEnumerator(Ct);

        ValueTask<bool> first = results.MoveNextAsync();

        // The source never waits, so every item that may be started has been by now.
        Assert.Equal(ahead, started);
        work.SetResult(1);
        Assert.True(await first);
        int total = 1;
        while (await results.MoveNextAsync())
            total++;

        Assert.Equal((20, 20), (total, started));
    }

    [Fact]
    public async Task SelectAheadAsync_ConsumerWaits_ReadsNoFurtherThanTheWindow()
    {
        int started = 0;
        var work = new TaskCompletionSource<int>();
        await using IAsyncEnumerator<int> results = Source(100)
            .SelectAheadAsync(
                _ =>
                {
                    started++;
                    return work.Task;
                },
                Weightless,
                new PipelineWindow(4, 100),
                cancellationToken: Ct
            )
            .GetAsyncEnumerator(Ct);

        ValueTask<bool> first = results.MoveNextAsync();

        // Four results wait; the consumer holds one more.
        Assert.InRange(started, 1, 5);
        work.SetResult(1);
        Assert.True(await first);
        int total = 1;
        while (await results.MoveNextAsync())
            total++;

        Assert.Equal((100, 100), (total, started));
    }

    [Fact]
    public async Task SelectAheadAsync_ItemFails_SurfacesAfterTheResultsBeforeIt()
    {
        var seen = new List<int>();

        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (
                int result in Source(10)
                    .SelectAheadAsync(
                        i => i == 3 ? Task.FromException<int>(new InvalidDataException()) : Task.FromResult(i),
                        Weightless,
                        Eight,
                        cancellationToken: Ct
                    )
            )
            {
                seen.Add(result);
            }
        });

        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public async Task SelectAheadAsync_SourceFails_SurfacesAfterTheResultsBeforeIt()
    {
        var seen = new List<int>();

        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (int result in Source(10, failAt: 3).SelectAheadAsync(Task.FromResult, Weightless, Eight, cancellationToken: Ct))
                seen.Add(result);
        });

        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public async Task SelectAheadAsync_ConsumerLeaves_WaitsForWhatItStarted()
    {
        var work = new TaskCompletionSource<int>();
        IAsyncEnumerator<int> results = Source(3)
            .SelectAheadAsync(i => i == 0 ? Task.FromResult(0) : work.Task, Weightless, Eight, cancellationToken: Ct)
            .GetAsyncEnumerator(Ct);
        Assert.True(await results.MoveNextAsync());

        ValueTask leaving = results.DisposeAsync();
        Assert.False(leaving.IsCompleted);

        work.SetException(new InvalidDataException());
        await leaving;
    }

    private static int Weightless(int item) => 0;

    private static async IAsyncEnumerable<int> Source(int count, int failAt = -1)
    {
        for (int i = 0; i < count; i++)
            yield return i == failAt ? throw new InvalidDataException() : i;

        await Task.CompletedTask;
    }
}
