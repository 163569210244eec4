using System.Security.Cryptography;

namespace Codec.Client.Transport;

/// <summary>Counts failures in a row and says how long to wait after each (<see cref="ReconnectPolicy"/>).</summary>
/// <param name="policy">The bounds.</param>
/// <param name="time">The clock.</param>
/// <param name="isStream">Whether <see cref="ReconnectPolicy.RestoreForever"/> applies once something succeeded.</param>
/// <param name="waits">Whether a stream is tried for however long until something succeeds.</param>
/// <param name="timeout">Longest time of attempts in a row where they are not tried forever; null where the caller bounds it.</param>
internal sealed class Backoff(
    ReconnectPolicy policy,
    TimeProvider time,
    bool isStream = false,
    bool waits = false,
    TimeSpan? timeout = null
)
{
    /// <summary>How often a failure that lasts is told of: once would leave nothing in the log of today.</summary>
    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    private const int JitterSteps = 1 << 16;

    /// <summary>When the attempts in a row began: with the first of all, or with the first failure after a success.</summary>
    private long _triedSince = time.GetTimestamp();

    private bool _hasStood;
    private long? _stoodAt;
    private long? _warnedAt;

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>The last failure since the last success.</summary>
    public CodecException? LastFailure { get; private set; }

    /// <summary>What is left of the time of the attempts in a row, for the next one; null where it is not bounded.</summary>
    public TimeSpan? Left
    {
        get
        {
            if (timeout is not { } bound || TriesForever || (_hasStood && Failures == 0))
                return null;
            TimeSpan left = bound - time.GetElapsedTime(_triedSince);
            // A time-out of 0 would end an attempt before it begins, without a reason.
            return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
        }
    }

    private bool TriesForever => isStream && (_hasStood ? policy.RestoreForever : waits);

    /// <summary>Called with each success, with whether a warning came before it.</summary>
    public Action<bool>? Recovered { get; set; }

    /// <summary>Something succeeded: the next failure is a first one again.</summary>
    public void Succeeded()
    {
        Failures = 0;
        Recover();
    }

    /// <summary>
    /// A stream stands, though nothing came over it yet. That is a success once it has lasted longer than the longest delay.
    /// </summary>
    public void Stood()
    {
        _stoodAt = time.GetTimestamp();
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

    /// <summary>Whether the last failure is to be warned of: the first since the last success, and then one in a minute.</summary>
    public bool TakeWarning()
    {
        if (_warnedAt is { } since && time.GetElapsedTime(since) < WarningInterval)
            return false;
        _warnedAt = time.GetTimestamp();
        return true;
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="atLeast">What the server asks for; it is kept to <see cref="ReconnectPolicy.MaxDelay"/> too.</param>
    /// <returns>How long to wait before the next attempt; null to give up.</returns>
    public TimeSpan? NextDelay(TimeSpan? atLeast = null)
    {
        if (_stoodAt is { } since && time.GetElapsedTime(since) > policy.MaxDelay)
            Failures = 0;
        _stoodAt = null;
        if (Failures == 0 && _hasStood)
            _triedSince = time.GetTimestamp();
        if (Failures >= policy.MaxAttempts && !TriesForever)
            return null;

        // 2^40 initial delays are beyond any MaxDelay, and the product stays finite.
        double ceiling = Math.Min(
            policy.MaxDelay.TotalMilliseconds,
            policy.InitialDelay.TotalMilliseconds * Math.Pow(2, Math.Min(Failures, 40))
        );
        Failures++;

        // A half is kept, the other half is drawn: clients that lost one server together do not come back together. The draw has
        // to differ between processes, so it has no seed.
        double share = 0.5 + 0.5 * RandomNumberGenerator.GetInt32(JitterSteps) / JitterSteps;
        double floor = Math.Min(policy.MaxDelay.TotalMilliseconds, atLeast?.TotalMilliseconds ?? 0);
        var delay = TimeSpan.FromMilliseconds(Math.Max(floor, ceiling * share));
        return timeout is { } bound && !TriesForever && time.GetElapsedTime(_triedSince) + delay >= bound ? null : delay;
    }

    private void Recover()
    {
        _hasStood = true;
        LastFailure = null;
        bool warned = _warnedAt is not null;
        _warnedAt = null;
        Recovered?.Invoke(warned);
    }
}
