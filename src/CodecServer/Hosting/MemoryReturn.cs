namespace Codec.Server.Hosting;

/// <summary>
/// Returns memory to the system: all that is free after a load, and that of unloaded models at any time. The collector keeps what it has
/// while nothing is allocated, and looks last for what is large and old; so does the C library for image files and networks.
/// </summary>
/// <param name="time">Measures the intervals.</param>
/// <param name="allocated">The bytes that were allocated so far.</param>
/// <param name="unloads">How many models were unloaded so far.</param>
/// <param name="trim">Drops buffers that were unused since the last call.</param>
internal sealed class MemoryReturn(TimeProvider time, Func<long> allocated, Func<long> unloads, Action trim) : BackgroundService
{
    /// <summary>Bytes that a server allocates in an interval while it is idle, for health checks and chores.</summary>
    private const long Idle = 8 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long _allocated;
    private long _unloads;
    private uint _idleIntervals;

    /// <summary>
    /// Returns memory if little was allocated since the last call. Other parts let go of memory some time after a load, such as Kestrel of
    /// its buffers: it is done in the first idle interval, and in the second, fourth, eighth and so on.
    /// </summary>
    /// <returns>Whether it returned all that is free.</returns>
    public bool ReturnIfIdle()
    {
        trim();
        long now = allocated();
        bool isIdle = now - _allocated < Idle;
        _allocated = now;
        _idleIntervals = isIdle ? _idleIntervals + 1 : 0;
        long unloaded = unloads();
        bool hasUnloaded = unloaded != _unloads;
        _unloads = unloaded;
        if (!uint.IsPow2(_idleIntervals))
        {
            if (hasUnloaded)
            {
                // Beside the calls, which go on.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
                NativeHeap.Trim();
            }

            return false;
        }

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
