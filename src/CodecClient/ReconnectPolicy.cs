namespace Codec.Client;

/// <summary>
/// When and how often to try again after a lost connection: exponential backoff, each delay cut at random by up to a half.
/// </summary>
public sealed record ReconnectPolicy
{
    /// <summary>Longest delay before the first repetition; above 0. Default: 100 ms.</summary>
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest delay of all; at least <see cref="InitialDelay"/>, at most an hour. Default: 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Repetitions before giving up, 0 or more: of a call, of opening a stream, unless it waits for the server
    /// (<see cref="SubscribeOptions.WaitForServer"/>, every watch), and, unless <see cref="RestoreForever"/>, of restoring one. Whatever
    /// brings progress starts the count anew. Attempts in a row that are bounded so end with
    /// <see cref="CodecClientOptions.CallTimeout"/>, too. A mistake that no repetition mends, such as the wrong port, is not repeated.
    /// Default: 8, which is about 15 s.
    /// </summary>
    public int MaxAttempts { get; init; } = 8;

    /// <summary>
    /// Whether a subscription, watch or publisher that has stood once is restored for however long it takes. Default: true.
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
