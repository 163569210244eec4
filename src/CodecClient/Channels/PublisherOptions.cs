using Codec.Models;

namespace Codec.Client;

/// <summary>How a <see cref="ChannelPublisher"/> sends. Immutable; change a copy with <c>with</c>.</summary>
public sealed record PublisherOptions
{
    /// <summary>
    /// Names the producer over its connections and restarts, so that nothing is stored twice; 1 to 128 characters. One publisher of a name
    /// publishes into a channel at a time: a newer one ends the older with <see cref="ProducerFencedException"/>. Null takes a new name,
    /// which protects against lost connections but not over a restart, and which the server soon forgets. Default: null.
    /// </summary>
    public string? Producer { get; init; }

    /// <summary>
    /// Codes that go into one frame, 1 to <see cref="ModelLimits.MaxCodesPerFrame"/>: more cost fewer bytes and flushes to the disk. A
    /// frame
    /// also leaves when <see cref="Linger"/> has passed. Default: 1, which sends each code at once.
    /// </summary>
    public int CodesPerFrame { get; init; } = 1;

    /// <summary>Longest time that a code waits for others to share its frame; above 0, at most a minute. Default: 20 ms.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Longest time, connected or not, without any answer while something that was sent has none; above 0, at most a day, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>. Then the publisher ends with <see cref="UnavailableException"/>. Default: 2 minutes.
    /// </summary>
    public TimeSpan AcknowledgeTimeout { get; init; } = TimeSpan.FromMinutes(2);

    internal void Validate()
    {
        CodecClientOptions.Require(
            Producer is null or { Length: >= 1 and <= 128 },
            nameof(Producer),
            Producer,
            "1 to 128 characters, or null for a new name"
        );
        CodecClientOptions.Require(
            CodesPerFrame is >= 1 and <= ModelLimits.MaxCodesPerFrame,
            nameof(CodesPerFrame),
            CodesPerFrame,
            $"1 to {ModelLimits.MaxCodesPerFrame}"
        );
        CodecClientOptions.Require(
            Linger > TimeSpan.Zero && Linger <= TimeSpan.FromMinutes(1),
            nameof(Linger),
            Linger,
            "above 0 and at most a minute"
        );
        CodecClientOptions.Require(
            AcknowledgeTimeout == Timeout.InfiniteTimeSpan
                || (AcknowledgeTimeout > TimeSpan.Zero && AcknowledgeTimeout <= TimeSpan.FromDays(1)),
            nameof(AcknowledgeTimeout),
            AcknowledgeTimeout,
            "above 0 and at most a day, or Timeout.InfiniteTimeSpan"
        );
    }
}
