using System.Collections.Concurrent;
using Codec.Client.Transport;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Client.Tests.Transport;

public sealed class ReadAheadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sources and items of random sizes, some larger than the whole budget, under more or fewer workers.</summary>
    [Fact]
    public Task MoveNext_RandomSizes_ReturnsEveryItemInOrderWithinTheBudget()
    {
        const int Budget = 1000;
        Gen<int[]> source = Gen.OneOf(Gen.Const(10), Gen.Const(300), Gen.Const(1500))
            .SelectMany(largest => Gen.Int[1, largest - 1].Array[0, 19]);
        return Gen.Select(Gen.Int[1, 4], source.Array[1, 39], Gen.Int[0, 2], Gen.Int[0, 3].Array[50])
            .HoldsAsync(
                async sample =>
                {
                    (int workers, int[][] sizes, int parts, int[] yields) = sample;
                    var ahead = new ReadAhead<int>(Budget, workers);
                    var busy = new Gauge();
                    Task adding = AddAllAsync(ahead, sizes, parts * 300, busy);

                    long largest = sizes.SelectMany(items => items).DefaultIfEmpty().Max();
                    int count = 0;
                    while (await ahead.MoveNextAsync(Token))
                    {
                        Assert.Equal(count++, ahead.Current);
                        Assert.InRange(ahead.Held, 0, Budget + largest + 600);
                        if (yields[count % yields.Length] == 0)
                            await Task.Yield();
                    }

                    await adding;
                    Assert.Equal(sizes.Sum(items => items.Length), count);
                    Assert.Equal(0, ahead.Held);
                    Assert.InRange(busy.Most, 0, workers);
                },
                count: 300
            );
    }

    [Fact]
    public async Task Add_FullBudget_WaitsForTheConsumer()
    {
        var ahead = new ReadAhead<int>(1000, 2);
        await ahead.AddAsync(1, 600, Token);
        Task second = ahead.AddAsync(2, 600, Token).AsTask();
        Assert.False(second.IsCompleted);
        Assert.True(await ahead.MoveNextAsync(Token));
        Assert.False(second.IsCompleted);
        ValueTask<bool> next = ahead.MoveNextAsync(Token);
        await second;
        Assert.True(await next);
        Assert.Equal(2, ahead.Current);
    }

    [Fact]
    public async Task Add_Cancelled_AddsNothing()
    {
        var ahead = new ReadAhead<int>(1000, 2);
        await ahead.AddAsync(1, 1000, Token);
        using var stop = new CancellationTokenSource();
        Task second = ahead.AddAsync(2, 1, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        ahead.Complete(null);
        Assert.True(await ahead.MoveNextAsync(Token));
        Assert.False(await ahead.MoveNextAsync(Token));
    }

    [Fact]
    public async Task MoveNext_NothingTaken_MakesNoMoreThanTheBudget()
    {
        var ahead = new ReadAhead<int>(1000, 4);
        var source = new Source(0, [.. Enumerable.Repeat(300, 100)], new Gauge());
        await ahead.AddAsync(source, 0, Token);
        await source.MadeAsync(3);
        Assert.True(await ahead.MoveNextAsync(Token));
        await source.MadeAsync(4);
        Assert.Equal(4, source.Made);
        Assert.Equal(900, ahead.Held);
        ahead.Abandon();
    }

    [Fact]
    public async Task MoveNext_FirstSourceIsSlow_OthersAreMadeMeanwhile()
    {
        var ahead = new ReadAhead<int>(1000, 2);
        using var gate = new SemaphoreSlim(0);
        var slow = new Source(0, [10], new Gauge(), gate);
        var fast = new Source(1, [10, 10], new Gauge());
        await ahead.AddAsync(slow, 0, Token);
        await ahead.AddAsync(fast, 0, Token);
        await fast.MadeAsync(2);
        Task<bool> first = ahead.MoveNextAsync(Token).AsTask();
        Assert.False(first.IsCompleted);
        gate.Release();
        Assert.True(await first);
        Assert.Equal(0, ahead.Current);
    }

    [Fact]
    public async Task MoveNext_SourceFails_ReturnsThePrecedingItemsThenThrows()
    {
        var ahead = new ReadAhead<int>(1000, 2);
        await ahead.AddAsync(new Source(0, [10, 10, -1], new Gauge()), 100, Token);
        await ahead.AddAsync(3, 100, Token);
        Assert.True(await ahead.MoveNextAsync(Token));
        Assert.True(await ahead.MoveNextAsync(Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await ahead.MoveNextAsync(Token));
        Assert.True(await ahead.MoveNextAsync(Token));
        Assert.Equal((3, 100), (ahead.Current, ahead.Held));
    }

    [Fact]
    public async Task MoveNext_CompletedWithAFailure_ThrowsItAfterTheLastItem()
    {
        var ahead = new ReadAhead<int>(1000, 2);
        await ahead.AddAsync(1, 100, Token);
        ahead.Complete(new IOException("lost"));
        Assert.True(await ahead.MoveNextAsync(Token));
        await Assert.ThrowsAsync<IOException>(async () => await ahead.MoveNextAsync(Token));
    }

    [Fact]
    public async Task MoveNext_Cancelled_Ends()
    {
        var ahead = new ReadAhead<int>(1000, 2);
        using var stop = new CancellationTokenSource();
        Task<bool> waiting = ahead.MoveNextAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Abandon_SourceAtWork_MakesNothingMore()
    {
        var ahead = new ReadAhead<int>(1000, 1);
        using var gate = new SemaphoreSlim(0);
        var first = new Source(0, [10, 10, 10], new Gauge(), gate);
        await ahead.AddAsync(first, 0, Token);
        await first.StartedAsync();
        ahead.Abandon();
        gate.Release(3);
        await first.MadeAsync(1);
        var second = new Source(3, [10], new Gauge());
        await ahead.AddAsync(second, 0, Token);
        Assert.Equal((1, 0), (first.Made, second.Made));
    }

    private static async Task AddAllAsync(ReadAhead<int> ahead, int[][] sizes, int ownBytes, Gauge busy)
    {
        await Task.Yield();
        int next = 0;
        foreach (int[] items in sizes)
        {
            await ahead.AddAsync(new Source(next, items, busy), ownBytes, Token);
            next += items.Length;
        }

        ahead.Complete(null);
    }

    /// <summary>Counts concurrent workers and their maximum.</summary>
    private sealed class Gauge
    {
        private readonly Lock _lock = new();
        private int _now;

        public int Most { get; private set; }

        public void Enter()
        {
            lock (_lock)
                Most = Math.Max(Most, ++_now);
        }

        public void Leave()
        {
            lock (_lock)
                _now--;
        }
    }

    /// <summary>Makes numbers from the first on; a size of −1 fails.</summary>
    private sealed class Source(int first, int[] sizes, Gauge busy, SemaphoreSlim? gate = null) : IReadAheadSource<int>
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource> _made = new();
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _index;

        public int Made => Volatile.Read(ref _index);

        /// <summary>Completes when this number of items is made.</summary>
        public Task MadeAsync(int count) => Signal(count).Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        public Task StartedAsync() => _started.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);

        public bool TryPeek(out long bytes)
        {
            bytes = _index < sizes.Length ? Math.Max(1, sizes[_index]) : 0;
            return _index < sizes.Length;
        }

        public int Next()
        {
            busy.Enter();
            _started.TrySetResult();
            gate?.Wait(Token);
            busy.Leave();
            if (sizes[_index] < 0)
                throw new InvalidOperationException("damaged");
            int item = first + _index;
            Volatile.Write(ref _index, _index + 1);
            Signal(_index).TrySetResult();
            return item;
        }

        private TaskCompletionSource Signal(int count) =>
            _made.GetOrAdd(count, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
