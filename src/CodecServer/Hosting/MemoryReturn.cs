namespace Codec.Server.Hosting;

/// <summary>
/// Returns memory to the system after a load. The collector keeps what it has while nothing is allocated, and so does the C library for
/// image files and networks.
/// </summary>
/// <param name="time">Measures the intervals.</param>
/// <param name="allocated">The bytes that were allocated so far; null asks the collector.</param>
internal sealed class MemoryReturn(TimeProvider time, Func<long>? allocated = null) : BackgroundService
{
    /// <summary>Bytes that a server allocates in an interval while it is idle, for health checks and chores.</summary>
    private const long Idle = 8 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Func<long> _allocatedNow = allocated ?? (() => GC.GetTotalAllocatedBytes());
    private long _allocated;
    private uint _idleIntervals;

    /// <summary>
    /// Returns memory if little was allocated since the last call. Other parts let go of memory some time after a load, such as Kestrel of
    /// its buffers: it is done in the first idle interval, and in the second, fourth, eighth and so on.
    /// </summary>
    /// <returns>Whether it collected.</returns>
    public bool ReturnIfIdle()
    {
        long now = _allocatedNow();
        bool isIdle = now - _allocated < Idle;
        _allocated = now;
        _idleIntervals = isIdle ? _idleIntervals + 1 : 0;
        if (!uint.IsPow2(_idleIntervals))
            return false;

        // A full collection blocks all threads for some 10 ms: only where nothing is going on.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
        return true;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitAsync(stoppingToken))
            ReturnIfIdle();
    }
}
