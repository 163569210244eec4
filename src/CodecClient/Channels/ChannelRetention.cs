namespace Codec.Client;

/// <summary>
/// Which codes a channel keeps. A code is dropped when any bound is exceeded; the default has no bound and keeps all. Immutable.
/// </summary>
public sealed record ChannelRetention
{
    /// <summary>The newest codes that are kept at least; older ones may be dropped. 0, the default, is no bound.</summary>
    public long Codes { get; init; }

    /// <summary>
    /// How long a code is kept at least after it was stored: whole seconds, 1 s to 3,650 days. Zero, the default, is no bound.
    /// </summary>
    public TimeSpan Age { get; init; }

    /// <summary>Bytes of the newest codes that are kept at least, frame headers not counted. 0, the default, is no bound.</summary>
    public long Bytes { get; init; }

    /// <summary>
    /// Whether of the codes with the same key only the newest is kept. Codes without a key are kept as the other bounds say.
    /// </summary>
    public bool LatestOfEachKey { get; init; }

    internal void Validate()
    {
        CodecClientOptions.Require(Codes >= 0, nameof(Codes), Codes, "0 or more");
        CodecClientOptions.Require(
            Age == TimeSpan.Zero
                || (Age >= TimeSpan.FromSeconds(1) && Age <= TimeSpan.FromDays(3650) && Age.Ticks % TimeSpan.TicksPerSecond == 0),
            nameof(Age),
            Age,
            "zero, or whole seconds from 1 s to 3650 days");
        CodecClientOptions.Require(Bytes >= 0, nameof(Bytes), Bytes, "0 or more");
    }
}
