namespace Codec.Client;

/// <summary>
/// Defines which codes a channel keeps: a code may be dropped as soon as one of the bounds no longer protects it, even if others still do.
/// Immutable; change a copy with <c>with</c>.
/// </summary>
public sealed record ChannelRetention
{
    /// <summary>The longest <see cref="Age"/>: 3,650 days.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(3650);

    /// <summary>Keeps all codes.</summary>
    public static ChannelRetention All { get; } = new();

    /// <summary>Number of newest codes that this bound protects, 1 or more; null for no bound. Default: null.</summary>
    public long? Codes { get; init; }

    /// <summary>
    /// Time for which this bound protects a code after it was stored: whole seconds, 1 s to <see cref="MaxAge"/>; null for no bound.
    /// Default: null.
    /// </summary>
    public TimeSpan? Age { get; init; }

    /// <summary>
    /// Bytes of the newest codes that this bound protects, 1 or more, without frame headers; null for no bound. Default: null.
    /// </summary>
    public long? Bytes { get; init; }

    /// <summary>
    /// Whether a code replaces the previous code of the same key. The other bounds apply to all codes, with or without a key.
    /// Default: false.
    /// </summary>
    public bool LatestOfEachKey { get; init; }

    internal void Validate()
    {
        CodecClientOptions.Require(Codes is null or >= 1, nameof(Codes), Codes, "1 or more");
        CodecClientOptions.Require(
            Age is not { } age || (age >= TimeSpan.FromSeconds(1) && age <= MaxAge && age.Ticks % TimeSpan.TicksPerSecond == 0),
            nameof(Age),
            Age,
            "whole seconds from 1 s to 3650 days"
        );
        CodecClientOptions.Require(Bytes is null or >= 1, nameof(Bytes), Bytes, "1 or more");
    }
}
