using Codec.Models;
using Codec.Server.Stores;

namespace Codec.Server.Channels;

/// <summary>Where a subscription begins.</summary>
internal abstract record SubscriptionStart;

/// <summary>At the next code to be published.</summary>
internal sealed record StartNow : SubscriptionStart;

/// <summary>At the oldest code in the log.</summary>
internal sealed record StartAtOldest : SubscriptionStart;

/// <summary>At a sequence.</summary>
internal sealed record StartAtSequence(long Sequence) : SubscriptionStart;

/// <summary>With a number of newest codes, or all of them if there are fewer.</summary>
internal sealed record StartWithLast(long Count) : SubscriptionStart;

/// <summary>At the first code stored at a time or later.</summary>
internal sealed record StartAtTime(DateTimeOffset StoredAt) : SubscriptionStart;

/// <summary>With the newest code of each key after a sequence, then with the codes published from now on.</summary>
internal sealed record StartWithLatestOfEachKey(long After) : SubscriptionStart;

/// <summary>A subscriber's request.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Start">Where to begin, unless the consumer has a committed position.</param>
/// <param name="Consumer">The name of a consumer, whose committed position the subscription begins at; null for none.</param>
/// <param name="Filter">Selects codes; null selects all.</param>
/// <param name="MaxCodes">Maximum number of codes in a frame; 0 for the server's default.</param>
/// <param name="StoredTimes">Whether frames carry the time at which each code was stored.</param>
/// <param name="SkipDamaged">Whether damaged codes are reported and skipped, instead of ending the subscription.</param>
internal sealed record SubscriptionRequest(
    string Channel,
    SubscriptionStart Start,
    string? Consumer,
    KeyFilter? Filter,
    int MaxCodes,
    bool StoredTimes,
    bool SkipDamaged
);

/// <summary>A subscription whose position in the log is fixed.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Sequence">The first sequence to read from the log, after the snapshot if there is one.</param>
/// <param name="SnapshotAfter">
/// The snapshot holds the newest code of each key after this sequence; null for no snapshot.
/// </param>
/// <param name="Filter">Selects codes; null selects all.</param>
/// <param name="MaxCodes">Maximum number of codes in a frame.</param>
/// <param name="StoredTimes">Whether frames carry the time at which each code was stored.</param>
/// <param name="SkipDamaged">Whether damaged codes are reported and skipped.</param>
internal sealed record Subscription(
    ChannelRecord Channel,
    long Sequence,
    long? SnapshotAfter,
    KeyFilter? Filter,
    int MaxCodes,
    bool StoredTimes,
    bool SkipDamaged
)
{
    /// <summary>Whether sequences can be missing between the codes that are sent.</summary>
    public bool IsSparse => Filter is not null || Channel.Retention.LatestOfEachKey;
}

/// <summary>A message to a subscriber.</summary>
internal abstract record SubscriptionEvent;

/// <summary>Reports how far the log was read: every selected code before a sequence was sent.</summary>
/// <param name="NextSequence">The sequence.</param>
/// <param name="IsSparse">Whether sequences can be missing between the codes that follow.</param>
internal sealed record PositionReached(long NextSequence, bool IsSparse) : SubscriptionEvent;

/// <summary>The version of the frames that follow.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version.</param>
/// <param name="NextSequence">Sequence of the next code.</param>
internal sealed record VersionChanged(string Model, Digest Version, long NextSequence) : SubscriptionEvent;

/// <summary>A frame of codes.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Frame">The frame; other subscribers may share it.</param>
/// <param name="HoldsRoom">
/// Whether the frame holds room that all subscribers share, until the next event is asked for: it must be written soon.
/// </param>
internal sealed record FrameRead(long FirstSequence, byte[] Frame, bool HoldsRoom) : SubscriptionEvent;

/// <summary>Codes that cannot be read and were skipped.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">Number of codes.</param>
/// <param name="Message">The problem.</param>
internal sealed record DamageSkipped(long FirstSequence, long Count, string Message) : SubscriptionEvent;
