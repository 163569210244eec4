namespace Codec.Client;

/// <summary>
/// Says which codes a channel keeps: a code may be dropped when any bound is exceeded. Immutable; change a copy with <c>with</c>.
/// </summary>
public sealed record ChannelRetention
{
    /// <summary>The longest <see cref="Age"/>: 3,650 days.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(3650);

    /// <summary>Keeps all codes.</summary>
    public static ChannelRetention All { get; } = new();

    /// <summary>Number of newest codes that are always kept, 1 or more; null for no bound. Default: null.</summary>
    public long? Codes { get; init; }

    /// <summary>
    /// Shortest time that a code is kept after it was stored: whole seconds, 1 s to <see cref="MaxAge"/>; null for no bound. Default: null.
    /// </summary>
    public TimeSpan? Age { get; init; }

    /// <summary>
    /// Bytes of newest codes that are always kept, 1 or more, without frame headers; null for no bound. Default: null.
    /// </summary>
    public long? Bytes { get; init; }

    /// <summary>
    /// Whether only the newest code of each key is kept; the other bounds alone apply to codes without a key. Default: false.
    /// </summary>
    public bool LatestOfEachKey { get; init; }

    internal void Validate()
    {
        CodecClientOptions.Require(Codes is null or >= 1, nameof(Codes), Codes, "1 or more, or null for no bound");
        CodecClientOptions.Require(
            Age is not { } age || (age >= TimeSpan.FromSeconds(1) && age <= MaxAge && age.Ticks % TimeSpan.TicksPerSecond == 0),
            nameof(Age),
            Age,
            "whole seconds from 1 s to 3650 days, or null for no bound"
        );
        CodecClientOptions.Require(Bytes is null or >= 1, nameof(Bytes), Bytes, "1 or more, or null for no bound");
    }
}
