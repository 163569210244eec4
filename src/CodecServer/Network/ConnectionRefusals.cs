namespace Codec.Server.Network;

/// <summary>Logs refused connections once a minute, however many there are: who opens too many would otherwise fill the log.</summary>
internal sealed class ConnectionRefusals(TimeProvider time, ILogger<ConnectionRefusals> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _count;
    private long? _loggedAt;

    /// <summary>Counts a refused connection.</summary>
    /// <param name="address">Whose it was.</param>
    public void Count(string address)
    {
        int count;
        lock (_lock)
        {
            _count++;
            if (_loggedAt is { } at && time.GetElapsedTime(at) < Interval)
                return;
            _loggedAt = time.GetTimestamp();
            (count, _count) = (_count, 0);
        }

        ServerLog.ConnectionsRefused(logger, count, address);
    }
}
