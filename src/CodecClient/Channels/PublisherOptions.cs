using Codec.Models;

namespace Codec.Client;

/// <summary>Configures how a <see cref="ChannelPublisher"/> sends. Immutable; change a copy with <c>with</c>.</summary>
public sealed record PublisherOptions
{
    /// <summary>
    /// Names the producer across connections and restarts, so that no item is stored twice; 1 to 128 characters. Only one publisher with a
    /// given name can publish into a channel at a time: a newer one ends the older one with <see cref="ProducerFencedException"/>. Null
    /// generates a name, which prevents duplicates after lost connections but not after a restart, and which the server soon forgets.
    /// Default: null.
    /// </summary>
    public string? Producer { get; init; }

    /// <summary>
    /// How often the server's encoder looks at what a decoder will show, 0 to <see cref="CodecModel.MaxEffort"/>: images take about 5 to
    /// 12 % fewer bytes at equal SSIMULACRA2, and their encoding about 1 + 3.5 × effort times as long. The server may have a lower
    /// largest one. Codes that were encoded locally stay as they are. Default: 0.
    /// </summary>
    public int Effort { get; init; }

    /// <summary>
    /// Codes in one frame, 1 to <see cref="ModelLimits.MaxCodesPerFrame"/>; the codes of a frame share its header and one flush to the
    /// server's disk. A frame is also sent when <see cref="Linger"/> has passed. Default: 1, which sends each code at once.
    /// </summary>
    public int CodesPerFrame { get; init; } = 1;

    /// <summary>Longest time that a code waits for its frame to fill; above 0, at most a minute. Default: 20 ms.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Longest time without any answer while a sent item is unanswered, connected or not; above 0, at most a day, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>. After it the publisher ends with <see cref="UnavailableException"/>. Default: 2 minutes.
    /// </summary>
    public TimeSpan AcknowledgeTimeout { get; init; } = TimeSpan.FromMinutes(2);

    internal void Validate()
    {
        CodecClientOptions.Require(
            Producer is null || (Producer.Length is >= 1 and <= 128 && !HasLoneSurrogate(Producer)),
            nameof(Producer),
            Producer,
            "1 to 128 characters without a lone surrogate, or null for a generated name"
        );
        CodecClientOptions.Require(Effort is >= 0 and <= CodecModel.MaxEffort, nameof(Effort), Effort, $"0 to {CodecModel.MaxEffort}");
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

    // UTF-8 has no bytes for it: on the wire, two such names would be one.
    private static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return true;
        }

        return false;
    }
}
