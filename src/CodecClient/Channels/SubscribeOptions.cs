using Codec.Frames;
using Codec.Models;

namespace Codec.Client;

/// <summary>Selects what a subscription receives, and how. Immutable; change a copy with <c>with</c>.</summary>
public sealed record SubscribeOptions
{
    /// <summary>The protocol's bound on keys and prefixes together.</summary>
    private const int MaxFilters = 100;

    /// <summary>
    /// Where the subscription starts; ignored if <see cref="Consumer"/> has committed a position. Default: the next code to be published.
    /// </summary>
    public SubscribeFrom From { get; init; }

    /// <summary>The head that decodes. Default: <c>image</c>, which restores the image.</summary>
    public string Head { get; init; } = ModelManifest.ImageHead;

    /// <summary>
    /// Maximum number of codes in one frame, up to <see cref="ModelLimits.MaxCodesPerFrame"/>; 0 lets the server choose. Default: 0.
    /// </summary>
    public int MaxCodesPerFrame { get; init; }

    /// <summary>
    /// Keys of the codes to receive, in addition to those that match <see cref="KeyPrefixes"/>; at most 100 keys and prefixes together.
    /// Default: both empty, which receives all codes.
    /// </summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Prefixes of the keys to receive, 1 to <see cref="CodeInfo.MaxKeyBytes"/> bytes each.</summary>
    public IReadOnlyList<string> KeyPrefixes { get; init; } = [];

    /// <summary>
    /// Names a consumer, whose committed position the server keeps: the subscription starts there. The first commit creates the consumer
    /// (<see cref="CodecClient.CommitAsync"/>, <see cref="AutoCommitInterval"/>). Its name follows the rules of a channel's name. If the
    /// log has dropped codes after the committed position, the subscription ends with a <see cref="SequenceException"/>; move the consumer
    /// to <see cref="SequenceException.FirstSequence"/> with <see cref="CodecClient.SeekConsumerAsync"/>. Default: null, no consumer.
    /// </summary>
    public string? Consumer { get; init; }

    /// <summary>
    /// How often the position of <see cref="Consumer"/> is committed, 10 ms to a day; null commits only with
    /// <see cref="CodecClient.CommitAsync"/>. Default: null.
    /// </summary>
    /// <remarks>
    /// An image counts as processed when the next one is requested. If the process ends before that, or before the interval has passed, the
    /// image is delivered again: at least once, never lost. The position is committed once more when the enumeration ends, within at most
    /// 5 s; if that fails, the failure is logged and the images are delivered again.
    /// </remarks>
    public TimeSpan? AutoCommitInterval { get; init; }

    /// <summary>Whether the server sends the time at which it stored each code (<see cref="CodeInfo.StoredAt"/>). Default: false.</summary>
    public bool StoredTimes { get; init; }

    /// <summary>
    /// Whether codes that are damaged or cannot be decoded are skipped, with a warning in the log and a call of <see cref="OnSkipped"/>.
    /// Default: false, which ends the subscription with a <see cref="CorruptDataException"/>; its
    /// <see cref="CorruptDataException.NextSequence"/> is the sequence to continue at.
    /// </summary>
    public bool SkipDamaged { get; init; }

    /// <summary>
    /// Called with skipped codes, in order with the images; the next image waits for it to return. An exception ends the subscription.
    /// Requires <see cref="SkipDamaged"/>. Default: null.
    /// </summary>
    public Action<SkippedCodes>? OnSkipped { get; init; }

    /// <summary>
    /// Whether to wait without limit for a server that is not reachable yet; <see cref="CodecClient.ConnectionChanged"/> and the log report
    /// the wait. False gives up after <see cref="ReconnectPolicy.MaxAttempts"/>. Default: true.
    /// </summary>
    public bool WaitForServer { get; init; } = true;

    /// <summary>Converts a start to options that only set <see cref="From"/>.</summary>
    /// <param name="from">The start.</param>
    public static implicit operator SubscribeOptions(SubscribeFrom from) => new() { From = from };

    internal void Validate()
    {
        CodecClientOptions.Require(!string.IsNullOrEmpty(Head), nameof(Head), Head, "the name of a head");
        CodecClientOptions.Require(
            MaxCodesPerFrame is >= 0 and <= ModelLimits.MaxCodesPerFrame,
            nameof(MaxCodesPerFrame),
            MaxCodesPerFrame,
            $"0 to {ModelLimits.MaxCodesPerFrame}"
        );
        CodecClientOptions.Require(Keys is not null, nameof(Keys), Keys, "a list");
        CodecClientOptions.Require(KeyPrefixes is not null, nameof(KeyPrefixes), KeyPrefixes, "a list");
        int filters = Keys!.Count + KeyPrefixes!.Count;
        CodecClientOptions.Require(filters <= MaxFilters, nameof(Keys), $"{filters} keys and prefixes", $"{MaxFilters} together");
        // Prefixes obey the rules of keys.
        foreach (string key in Keys.Concat(KeyPrefixes))
            new CodeInfo { Key = key ?? "" }.Validate();
        CodecClientOptions.Require(
            Consumer is null || ModelLimits.IsName(Consumer),
            nameof(Consumer),
            Consumer,
            "1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit"
        );
        CodecClientOptions.Require(
            AutoCommitInterval is null
                || (AutoCommitInterval >= TimeSpan.FromMilliseconds(10) && AutoCommitInterval <= TimeSpan.FromDays(1)),
            nameof(AutoCommitInterval),
            AutoCommitInterval,
            "10 ms to a day"
        );
        CodecClientOptions.Require(
            AutoCommitInterval is null || Consumer is not null,
            nameof(AutoCommitInterval),
            AutoCommitInterval,
            $"null if {nameof(Consumer)} is null"
        );
        CodecClientOptions.Require(
            OnSkipped is null || SkipDamaged,
            nameof(OnSkipped),
            "a method",
            $"null if {nameof(SkipDamaged)} is false"
        );
    }
}

/// <summary>Codes that a subscription skipped.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">Number of sequences; with a filter, some may belong to codes that the filter rejects.</param>
/// <param name="Reason">The reason why they cannot be delivered.</param>
public readonly record struct SkippedCodes(long FirstSequence, long Count, string Reason);
