namespace Codec.Server.Identity;

/// <summary>
/// Records who did what: the log category <c>Codec.Audit</c>, at level Information, which filters of other categories do not drop.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    /// <summary>The log category.</summary>
    public const string Category = "Codec.Audit";

    /// <summary>The outcome of what was done.</summary>
    public const string Done = "done";

    /// <summary>The outcome of creating what existed in the same form: nothing was changed.</summary>
    public const string Existed = "existed";

    /// <summary>Most denied calls that are recorded in <see cref="Window"/> from the first; of the further ones the number is.</summary>
    private const int MaxDenied = 20;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger;
    private readonly ITimer _windowEnd;
    private readonly Lock _lock = new();
    private int _denied;

    public AuditLog(ILoggerFactory loggers, TimeProvider time)
    {
        _logger = loggers.CreateLogger(Category);
        _windowEnd = time.CreateTimer(_ => EndWindow(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Records an action.</summary>
    /// <param name="caller">Who acted.</param>
    /// <param name="action">The action, such as <c>DeleteChannel</c>.</param>
    /// <param name="target">What it was done to.</param>
    /// <param name="outcome"><see cref="Done"/>, <see cref="Existed"/>, or the reason why it was not done.</param>
    public void Record(Caller caller, string action, string target, string outcome = Done) =>
        ServerLog.Audit(_logger, action, target, outcome, caller.Name ?? "", caller.Credential, caller.Address);

    /// <summary>Records that a call was denied; of very many, only the number, at the end of their window.</summary>
    public void Deny(Caller caller, string action, RequestException refusal)
    {
        lock (_lock)
        {
            if (_denied++ == 0)
                _windowEnd.Change(Window, Timeout.InfiniteTimeSpan);

            if (_denied > MaxDenied)
                return;
        }

        ServerLog.Denied(_logger, action, refusal.Reason, refusal.Message, caller.Name ?? "", caller.Credential, caller.Address);
    }

    /// <summary>Records the number of the last window: the server has stopped.</summary>
    public void Dispose()
    {
        _windowEnd.Dispose();
        EndWindow();
    }

    private void EndWindow()
    {
        int denied;
        lock (_lock)
            (denied, _denied) = (_denied, 0);

        if (denied > MaxDenied)
            ServerLog.DenialsNotRecorded(_logger, denied - MaxDenied);
    }
}
