namespace Codec.Server.Identity;

/// <summary>A call's caller. For a stream, the caller's credential is checked again while it runs.</summary>
internal sealed class CallerSession : IDisposable
{
    /// <summary>How long a stream may outlive its credential, at most.</summary>
    public static readonly TimeSpan RecheckInterval = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer? _timer;

    /// <summary>Begins a call.</summary>
    /// <param name="caller">Who calls.</param>
    /// <param name="isValid">Whether its credential is still valid; null for a call that is too short to check it again.</param>
    /// <param name="time">The clock of the checks.</param>
    public CallerSession(Caller caller, Func<Caller, bool>? isValid, TimeProvider time)
    {
        Caller = caller;
        _timer = isValid is null ? null : time.CreateTimer(_ => Recheck(isValid), null, RecheckInterval, RecheckInterval);
    }

    /// <summary>Who calls.</summary>
    public Caller Caller { get; }

    /// <summary>Canceled when the credential was found to be no longer valid.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _ended.Dispose();
    }

    private void Recheck(Func<Caller, bool> isValid)
    {
        if (isValid(Caller))
            return;

        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended while its credential was checked.
        }
    }
}
