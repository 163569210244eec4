using Codec.Frames;

namespace Codec.Client.Channels;

/// <summary>A received frame whose place in the channel is checked; its codes are not checked yet.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="FirstSequence">Sequence of the first code.</param>
/// <param name="Count">Number of codes to take; fewer than the frame has if the log has a gap between them.</param>
/// <param name="Info">Keys, times and headers of the codes.</param>
/// <param name="Sequences">The sequence of each code; null if they are consecutive.</param>
/// <param name="Frame">The frame.</param>
/// <param name="Model">The model that decodes it.</param>
/// <param name="IsInLatest">Whether it belongs to the snapshot of the latest code of each key, before the first position.</param>
internal sealed record Arrival(
    string Channel,
    long FirstSequence,
    int Count,
    FrameInfo Info,
    long[]? Sequences,
    ReadOnlyMemory<byte> Frame,
    CodecModel Model,
    bool IsInLatest
)
{
    public long LastSequence => SequenceOf(Count - 1);

    public long SequenceOf(int index) => Sequences is null ? FirstSequence + index : Sequences[index];

    /// <summary>
    /// Reports a code that cannot be decoded. The codes after it must be requested again: each code starts where the previous one ends, and
    /// a damaged code has no known end.
    /// </summary>
    public Damage DamageAt(int index, string reason, Exception? cause) =>
        new(
            new CorruptDataException($"The image {SequenceOf(index)} of {Channel} cannot be decoded: {reason}", cause)
            {
                Sequence = SequenceOf(index),
                NextSequence = SequenceOf(index) + 1,
            },
            EndsReading: true,
            IsInLatest
        );

    /// <summary>Reports that no code of the frame can be decoded.</summary>
    public Damage DamageOfAll(Exception cause) =>
        new(
            new CorruptDataException($"The frame of {Channel} at sequence {FirstSequence} cannot be decoded: {cause.Message}", cause)
            {
                Sequence = FirstSequence,
                NextSequence = LastSequence + 1,
            },
            EndsReading: true,
            IsInLatest
        );
}

/// <summary>Codes that cannot be delivered to a subscription.</summary>
/// <param name="Exception">Ends a subscription that does not skip them.</param>
/// <param name="EndsReading">Whether the codes after them must be requested again; otherwise the stream continues with them.</param>
/// <param name="IsInLatest">Whether they belong to the snapshot of the latest code of each key, before the first position.</param>
internal sealed record Damage(CorruptDataException Exception, bool EndsReading, bool IsInLatest)
{
    public long NextSequence => Exception.NextSequence!.Value;

    public SkippedCodes Skipped => new(Exception.Sequence!.Value, NextSequence - Exception.Sequence.Value, Exception.Message);
}

/// <summary>A delivery from the feed to the subscription: an item, a position, or codes that cannot be delivered.</summary>
/// <param name="Item">The item; null for a position or damage.</param>
/// <param name="NextSequence">The first sequence after it.</param>
/// <param name="Damage">The codes that cannot be delivered; null for an item or a position.</param>
internal readonly record struct Delivery<TItem>(TItem? Item, long NextSequence, Damage? Damage = null)
    where TItem : class
{
    /// <summary>Bytes counted for each delivery in addition to its pixels, for the objects that hold it.</summary>
    public const int OverheadBytes = 256;

    public static Delivery<TItem> Of(Damage damage) => new(null, damage.NextSequence, damage);
}
