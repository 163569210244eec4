namespace Codec.Client.Transport;

/// <summary>Acts once when a window has waited for an answer for too long: connected or not, as long as something in it has none.</summary>
internal sealed class AnswerWatch<T> : IAsyncDisposable
{
    private readonly InFlightWindow<T> _window;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Action _expired;
    private readonly long _since;
    private readonly ITimer _timer;

    /// <summary>Starts to watch; time before that does not count.</summary>
    /// <param name="window">What is watched.</param>
    /// <param name="timeout">Longest time without an answer; <see cref="Timeout.InfiniteTimeSpan"/> watches nothing.</param>
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
    /// Looks again when the oldest item could have waited long enough. Nothing that is added later is due before a whole time-out from
    /// now, so the look is never late, and an item costs no timer.
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
