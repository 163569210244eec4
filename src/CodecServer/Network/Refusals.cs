namespace Codec.Server.Network;

/// <summary>
/// Logs connections and calls that were refused, and connections that were closed for what they hold, once a minute, however many there
/// are: who opens too many would otherwise fill the log.
/// </summary>
internal sealed class Refusals(TimeProvider time, ILogger<Refusals> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private State _refused;
    private State _closed;
    private State _calls;

    /// <summary>Counts a refused connection.</summary>
    /// <param name="address">Whose it was.</param>
    public void Count(string address)
    {
        if (Add(ref _refused) is { } count)
            ServerLog.ConnectionsRefused(logger, count, address);
    }

    /// <summary>Counts a connection that was closed because of the bytes in its buffers.</summary>
    /// <param name="address">Whose it was.</param>
    public void CountBuffers(string address)
    {
        if (Add(ref _closed) is { } count)
            ServerLog.ConnectionsClosed(logger, count, address);
    }

    /// <summary>Counts a call for which there was no place.</summary>
    /// <param name="address">Whose it was.</param>
    public void CountCall(string address)
    {
        if (Add(ref _calls) is { } count)
            ServerLog.CallsRefused(logger, count, address);
    }

    /// <summary>Returns the number since the last line, if another one is due.</summary>
    private int? Add(ref State state)
    {
        lock (_lock)
        {
            state.Count++;
            if (state.LoggedAt is { } at && time.GetElapsedTime(at) < Interval)
                return null;
            int count = state.Count;
            state = new State { LoggedAt = time.GetTimestamp() };
            return count;
        }
    }

    private struct State
    {
        public int Count;
        public long? LoggedAt;
    }
}
