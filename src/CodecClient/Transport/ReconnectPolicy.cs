namespace Codec.Client;

/// <summary>
/// Defines when and how often a call is retried after a lost connection: exponential backoff, each delay shortened at random by up to a
/// half.
/// </summary>
public sealed record ReconnectPolicy
{
    /// <summary>Longest delay before the first retry, above 0; it doubles with each further failure. Default: 100 ms.</summary>
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest delay before any retry; at least <see cref="InitialDelay"/>, at most an hour. Default: 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Maximum number of retries in a row before a call fails, 0 or more. It also bounds the opening of a stream, unless the stream waits
    /// for the server (<see cref="SubscribeOptions.WaitForServer"/>, every watch), and the restoring of one unless
    /// <see cref="RestoreForever"/> is set. Progress resets the count. <see cref="CodecClientOptions.CallTimeout"/> bounds the same
    /// attempts. A mistake that a retry cannot correct, such as the wrong port, is not retried. Default: 8, whose delays take 8 to 16 s
    /// together.
    /// </summary>
    public int MaxAttempts { get; init; } = 8;

    /// <summary>
    /// Whether a subscription, watch or publisher that was open once is restored without a limit of time or attempts. Default: true.
    /// </summary>
    public bool RestoreForever { get; init; } = true;

    internal void Validate()
    {
        CodecClientOptions.Require(InitialDelay > TimeSpan.Zero, nameof(InitialDelay), InitialDelay, "above 0");
        CodecClientOptions.Require(
            MaxDelay >= InitialDelay && MaxDelay <= TimeSpan.FromHours(1),
            nameof(MaxDelay),
            MaxDelay,
            "at least InitialDelay and at most an hour"
        );
        CodecClientOptions.Require(MaxAttempts >= 0, nameof(MaxAttempts), MaxAttempts, "0 or more");
    }
}
