using Codec.Frames;
using Codec.Models;

namespace Codec.Client;

/// <summary>What a subscription gets, and how. Immutable; change a copy with <c>with</c>.</summary>
public sealed record SubscribeOptions
{
    /// <summary>The protos' bound on keys and prefixes together.</summary>
    private const int MaxFilters = 100;

    /// <summary>
    /// Where it begins; without effect where <see cref="Consumer"/> has committed a position. Default: at the next code to be published.
    /// </summary>
    public SubscribeFrom From { get; init; }

    /// <summary>The decoder to use. Default: <c>image</c>, which gives the image back.</summary>
    public string Head { get; init; } = ModelManifest.ImageHead;

    /// <summary>Most codes in one frame, to <see cref="ModelLimits.MaxCodesPerFrame"/>; 0, the default, leaves it to the server.</summary>
    public int MaxCodesPerFrame { get; init; }

    /// <summary>
    /// Only codes with one of these keys, or with a key that begins with one of <see cref="KeyPrefixes"/>; at most 100 of both together.
    /// Default: both empty, which takes all codes.
    /// </summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Prefixes of keys, of 1 to <see cref="CodeInfo.MaxKeyBytes"/> bytes each.</summary>
    public IReadOnlyList<string> KeyPrefixes { get; init; } = [];

    /// <summary>
    /// Names a consumer, whose committed position the server keeps: the subscription begins there. A name that is new is kept from its
    /// first commit on (<see cref="CodecClient.CommitAsync"/>, <see cref="AutoCommitInterval"/>). Same alphabet as a channel's name.
    /// Default: none. Where the log has dropped codes that it has not committed, the subscription ends with a
    /// <see cref="SequenceException"/>: <see cref="CodecClient.SeekConsumerAsync"/> moves it to
    /// <see cref="SequenceException.FirstSequence"/>.
    /// </summary>
    public string? Consumer { get; init; }

    /// <summary>
    /// How often the position of <see cref="Consumer"/> is committed, 10 ms to a day; null, the default, commits only where
    /// <see cref="CodecClient.CommitAsync"/> says so.
    /// </summary>
    /// <remarks>
    /// What was dealt with is what the next one was asked for after; so an image comes again where the process ends while it deals with it,
    /// or before the interval has passed: at least once, never lost. The position is committed once more when the enumeration ends, for at
    /// most 5 s; a failure is logged, and the images come again.
    /// </remarks>
    public TimeSpan? AutoCommitInterval { get; init; }

    /// <summary>Whether <see cref="CodeInfo.StoredAt"/> is set. Default: false.</summary>
    public bool StoredTimes { get; init; }

    /// <summary>
    /// Whether codes that are damaged, or cannot be decoded here, are skipped, with a warning in the log and <see cref="OnSkipped"/>.
    /// Default: false, which ends the subscription with a <see cref="CorruptDataException"/> that says where to go on.
    /// </summary>
    public bool SkipDamaged { get; init; }

    /// <summary>
    /// Called with what was skipped, in its place between the images; the next image waits for it. What it throws ends the subscription.
    /// Only together with <see cref="SkipDamaged"/>.
    /// </summary>
    public Action<SkippedCodes>? OnSkipped { get; init; }

    /// <summary>
    /// Whether to wait for a server that is not there yet, for however long; <see cref="CodecClient.ConnectionChanged"/> and the log say
    /// so. False gives up as <see cref="ReconnectPolicy.MaxAttempts"/> says. Default: true.
    /// </summary>
    public bool WaitForServer { get; init; } = true;

    /// <summary>A place is options that say where to begin and nothing else.</summary>
    /// <param name="from">The place.</param>
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
        // A prefix has a key's bounds and characters.
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
            $"null where {nameof(Consumer)} is null"
        );
        CodecClientOptions.Require(
            OnSkipped is null || SkipDamaged,
            nameof(OnSkipped),
            "a method",
            $"null where {nameof(SkipDamaged)} is false"
        );
    }
}

/// <summary>Codes that a subscription skipped.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">How many sequences; with a filter, some of them may be of codes that the subscription does not get.</param>
/// <param name="Reason">What is wrong with them.</param>
public readonly record struct SkippedCodes(long FirstSequence, long Count, string Reason);
