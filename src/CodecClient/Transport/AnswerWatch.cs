namespace Codec.Client.Transport;

/// <summary>Acts once when a window has had no answer for too long, connected or not, while an item in it is unanswered.</summary>
internal sealed class AnswerWatch<T> : IAsyncDisposable
{
    private readonly InFlightWindow<T> _window;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Action _expired;
    private readonly long _since;
    private readonly ITimer _timer;

    /// <summary>Starts the watch; earlier time does not count.</summary>
    /// <param name="window">The watched window.</param>
    /// <param name="timeout">Longest time without an answer; <see cref="Timeout.InfiniteTimeSpan"/> never expires.</param>
    /// <param name="time">The clock.</param>
    /// <param name="expired">Called on the timer's thread; must not block.</param>
    public AnswerWatch(InFlightWindow<T> window, TimeSpan timeout, TimeProvider time, Action expired)
    {
        (_window, _timeout, _time, _expired) = (window, timeout, time, expired);
        _since = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>
    /// Checks the oldest item, and schedules the next check for the time when it would expire. A later item cannot expire before a full
    /// timeout from now, so the check is never late and items need no timers of their own.
    /// </summary>
    private void Check()
    {
        TimeSpan watched = _time.GetElapsedTime(_since);
        TimeSpan waited = _window.Unanswered is { } unanswered ? (unanswered < watched ? unanswered : watched) : TimeSpan.Zero;
        if (waited >= _timeout)
            _expired();
        else
            _timer.Change(_timeout - waited, Timeout.InfiniteTimeSpan);
    }
}
