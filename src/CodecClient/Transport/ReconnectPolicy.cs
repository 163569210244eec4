namespace Codec.Client;

/// <summary>
/// When and how often a call is repeated after a lost connection: exponential backoff, each delay shortened at random by up to a half.
/// </summary>
public sealed record ReconnectPolicy
{
    /// <summary>Longest delay before the first repetition, above 0; it doubles with each further failure. Default: 100 ms.</summary>
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest delay before any repetition; at least <see cref="InitialDelay"/>, at most an hour. Default: 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Repetitions before a call gives up, 0 or more. It also bounds the opening of a stream, unless the stream waits for the server
    /// (<see cref="SubscribeOptions.WaitForServer"/>, every watch), and the restoring of one unless <see cref="RestoreForever"/> is set.
    /// Progress resets the count. <see cref="CodecClientOptions.CallTimeout"/> bounds the same attempts. A mistake that repeating cannot
    /// correct, such as the wrong port, is not repeated. Default: 8, which takes about 15 s.
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
