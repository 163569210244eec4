using Codec.Frames;

namespace Codec.Client.Channels;

/// <summary>A frame that arrived, its place in the channel checked, its codes not.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="FirstSequence">Sequence of the first code.</param>
/// <param name="Count">How many codes are taken: fewer than the frame has where the log has a hole between them.</param>
/// <param name="Info">What is known of them.</param>
/// <param name="Sequences">The sequence of each; null where they follow each other.</param>
/// <param name="Frame">The frame.</param>
/// <param name="Model">What decodes it.</param>
/// <param name="IsInLatest">Whether it is of the latest of each key, before the first position.</param>
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
    /// A code cannot be decoded here; what follows it is to be asked for anew, since only its end says where the next begins.
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

    /// <summary>No code of the frame can be decoded here.</summary>
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

/// <summary>Codes that a subscription does not get.</summary>
/// <param name="Exception">What a subscription ends with that does not skip them.</param>
/// <param name="EndsReading">Whether what follows is to be asked for anew; otherwise it comes anyway.</param>
/// <param name="IsInLatest">Whether they are of the latest of each key, before the first position.</param>
internal sealed record Damage(CorruptDataException Exception, bool EndsReading, bool IsInLatest)
{
    public long NextSequence => Exception.NextSequence!.Value;

    public SkippedCodes Skipped => new(Exception.Sequence!.Value, NextSequence - Exception.Sequence.Value, Exception.Message);
}

/// <summary>What a subscription hands on: an item, a position, or codes that it does not get.</summary>
/// <param name="Item">The item, where it is one.</param>
/// <param name="NextSequence">The first sequence after it.</param>
/// <param name="Damage">The codes that it does not get, where it is that.</param>
internal readonly record struct Delivery<TItem>(TItem? Item, long NextSequence, Damage? Damage = null)
    where TItem : class
{
    /// <summary>Bytes that are counted for anything handed on, beside pixels: the objects around them.</summary>
    public const int OverheadBytes = 256;

    public static Delivery<TItem> Of(Damage damage) => new(null, damage.NextSequence, damage);
}
