namespace Codec.Server.Limits;

/// <summary>
/// How much memory is left for further calls. No budget counts all that a call takes: its objects, and garbage until the next collection.
/// </summary>
/// <param name="resident">The bytes that the process holds now.</param>
/// <param name="limit">
/// The bytes that the collector may use: three quarters of a container's memory, so that a quarter is left when none is for calls.
/// </param>
/// <param name="time">Measures the intervals.</param>
internal sealed class ProcessMemory(Func<long> resident, long limit, TimeProvider time)
{
    /// <summary>The part of the limit above which there is less room.</summary>
    private const double Ample = 0.6;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private double _room = 1;
    private long? _measured;

    /// <summary>Measures this process.</summary>
    public static ProcessMemory OfThisProcess(TimeProvider time) =>
        new(static () => Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, time);

    /// <summary>1 up to six tenths of the limit, 0 at the limit, negative above it; measured again after 50 ms.</summary>
    public double Room
    {
        get
        {
            lock (_lock)
            {
                if (_measured is not { } last || time.GetElapsedTime(last) >= Interval)
                {
                    _measured = time.GetTimestamp();
                    _room = Math.Min((1 - (double)resident() / limit) / (1 - Ample), 1);
                }

                return _room;
            }
        }
    }
}
