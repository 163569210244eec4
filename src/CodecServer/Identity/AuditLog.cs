namespace Codec.Server.Identity;

/// <summary>
/// Records who did what: the log category <c>Codec.Audit</c>, at level Information, which filters of other categories do not drop.
/// </summary>
internal sealed class AuditLog(ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>The log category.</summary>
    public const string Category = "Codec.Audit";

    /// <summary>The outcome of what was done.</summary>
    public const string Done = "done";

    /// <summary>The outcome of creating what existed in the same form: nothing was changed.</summary>
    public const string Existed = "existed";

    /// <summary>Most denied calls that are recorded in <see cref="Window"/>; of the further ones the number is.</summary>
    private const int MaxDenied = 20;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = loggers.CreateLogger(Category);
    private readonly Lock _lock = new();
    private long _windowBegan = time.GetTimestamp();
    private int _denied;

    /// <summary>Records an action.</summary>
    /// <param name="caller">Who acted.</param>
    /// <param name="action">The action, such as <c>DeleteChannel</c>.</param>
    /// <param name="target">What it was done to.</param>
    /// <param name="outcome"><see cref="Done"/>, <see cref="Existed"/>, or the reason why it was not done.</param>
    public void Record(Caller caller, string action, string target, string outcome = Done) =>
        ServerLog.Audit(_logger, action, target, outcome, caller.Name ?? "", caller.Credential, caller.Address);

    /// <summary>Records that a call was denied; of very many, only the number.</summary>
    public void Deny(Caller caller, string action, RequestException refusal)
    {
        int unrecorded = 0;
        lock (_lock)
        {
            if (time.GetElapsedTime(_windowBegan) >= Window)
            {
                unrecorded = Math.Max(0, _denied - MaxDenied);
                (_windowBegan, _denied) = (time.GetTimestamp(), 0);
            }

            if (++_denied > MaxDenied)
                return;
        }

        if (unrecorded > 0)
            ServerLog.DenialsNotRecorded(_logger, unrecorded);

        ServerLog.Denied(_logger, action, refusal.Reason, refusal.Message, caller.Name ?? "", caller.Credential, caller.Address);
    }
}
