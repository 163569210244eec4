using System.Security.Cryptography;

namespace Codec.Client.Transport;

/// <summary>Counts consecutive failures and computes the delay after each (<see cref="ReconnectPolicy"/>).</summary>
/// <param name="policy">The bounds.</param>
/// <param name="time">The clock.</param>
/// <param name="isStream">Whether <see cref="ReconnectPolicy.RestoreForever"/> applies after the first success.</param>
/// <param name="waits">Whether a stream is tried without limit until the first success.</param>
/// <param name="timeout">Longest time of consecutive attempts unless they are tried without limit; null if the caller bounds it.</param>
internal sealed class Backoff(
    ReconnectPolicy policy,
    TimeProvider time,
    bool isStream = false,
    bool waits = false,
    TimeSpan? timeout = null
)
{
    /// <summary>Interval of warnings about a lasting failure: with a single warning, the log of the next day would show nothing.</summary>
    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How much too early a timer can fire, measured by this class's clock: timers count in ticks of the system. An attempt within that
    /// time would only time out once more.
    /// </summary>
    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(16);

    private const int JitterSteps = 1 << 16;

    /// <summary>Start of the consecutive attempts: the first attempt of all, or the first failure after a success.</summary>
    private long _triedSince = time.GetTimestamp();

    private bool _hasConnected;
    private long? _openedAt;
    private long? _warnedAt;

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>The last failure since the last success.</summary>
    public CodecException? LastFailure { get; private set; }

    /// <summary>Time left for the next of the consecutive attempts; null if it is not bounded.</summary>
    public TimeSpan? Left
    {
        get
        {
            if (timeout is not { } bound || TriesForever || (_hasConnected && Failures == 0))
                return null;
            TimeSpan left = bound - time.GetElapsedTime(_triedSince);
            // A timeout of 0 would end an attempt before it starts, without a reason to report.
            return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
        }
    }

    private bool TriesForever => isStream && (_hasConnected ? policy.RestoreForever : waits);

    /// <summary>Called at each success; the argument is whether a warning was logged before it.</summary>
    public Action<bool>? Recovered { get; set; }

    /// <summary>Records a success: the count of failures restarts.</summary>
    public void Succeeded()
    {
        Failures = 0;
        Recover();
    }

    /// <summary>
    /// Records that a stream is open, although no message has arrived yet. It counts as a success if it stays open longer than the longest
    /// delay.
    /// </summary>
    public void Opened()
    {
        _openedAt = time.GetTimestamp();
        Recover();
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <returns>How long to wait before the next attempt; null to give up.</returns>
    public TimeSpan? NextDelay(CodecException failure)
    {
        LastFailure = failure;
        return failure.IsTransient ? NextDelay((failure as UnavailableException)?.RetryAfter) : null;
    }

    /// <summary>Whether to log the last failure as a warning: the first since the last success, then one per minute.</summary>
    public bool TakeWarning()
    {
        if (_warnedAt is { } since && time.GetElapsedTime(since) < WarningInterval)
            return false;
        _warnedAt = time.GetTimestamp();
        return true;
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="atLeast">The server's requested delay; clamped to <see cref="ReconnectPolicy.MaxDelay"/>.</param>
    /// <returns>How long to wait before the next attempt; null to give up.</returns>
    public TimeSpan? NextDelay(TimeSpan? atLeast = null)
    {
        if (_openedAt is { } since && time.GetElapsedTime(since) > policy.MaxDelay)
            Failures = 0;
        _openedAt = null;
        if (Failures == 0 && _hasConnected)
            _triedSince = time.GetTimestamp();
        if (Failures >= policy.MaxAttempts && !TriesForever)
            return null;

        // 2^40 initial delays exceed any MaxDelay, and the product stays finite.
        double ceiling = Math.Min(
            policy.MaxDelay.TotalMilliseconds,
            policy.InitialDelay.TotalMilliseconds * Math.Pow(2, Math.Min(Failures, 40))
        );
        Failures++;

        // Half of the delay is fixed and half is random, so that clients that lost one server do not all return at once. The random
        // half must differ between processes, so it has no seed.
        double share = 0.5 + 0.5 * RandomNumberGenerator.GetInt32(JitterSteps) / JitterSteps;
        double floor = Math.Min(policy.MaxDelay.TotalMilliseconds, atLeast?.TotalMilliseconds ?? 0);
        var delay = TimeSpan.FromMilliseconds(Math.Max(floor, ceiling * share));
        return timeout is { } bound && !TriesForever && time.GetElapsedTime(_triedSince) + delay + TimerError >= bound ? null : delay;
    }

    private void Recover()
    {
        _hasConnected = true;
        LastFailure = null;
        bool warned = _warnedAt is not null;
        _warnedAt = null;
        Recovered?.Invoke(warned);
    }
}
