using Codec.Frames;
using Codec.Models;
using Codec.Server.Coding;
using Codec.Server.Stores;

namespace Codec.Server.Channels;

/// <summary>A message of a producer's stream: a header, or an item.</summary>
/// <param name="Bytes">Bytes that the message holds in memory.</param>
internal abstract record ProducerMessage(int Bytes)
{
    /// <summary>The room that the message holds; returned by who lets go of the message.</summary>
    public IDisposable? Room { get; init; }
}

/// <summary>Opens the stream, or changes the model, quality and effort of the items that follow.</summary>
/// <param name="Channel">The channel's name; the same in every header of a stream.</param>
/// <param name="Producer">The producer's name; empty for none. The same in every header of a stream.</param>
/// <param name="Epoch">0 for a new epoch; otherwise the epoch that is restored.</param>
/// <param name="Transient">Whether the producer may be forgotten soon after its stream ends.</param>
/// <param name="Model">Reference to the model of the items.</param>
/// <param name="Quality">The quality at which images are encoded.</param>
/// <param name="Effort">The effort with which images are encoded.</param>
/// <param name="Bytes">Bytes of the message.</param>
internal sealed record ProducerHeader(
    string Channel,
    string Producer,
    long Epoch,
    bool Transient,
    string Model,
    int Quality,
    int Effort,
    int Bytes
) : ProducerMessage(Bytes);

/// <summary>An item to be stored and answered.</summary>
/// <param name="ProducerSequence">Its number, from 1, if the producer has a name; otherwise 0.</param>
/// <param name="Bytes">Bytes of the message.</param>
internal abstract record ProducerItem(long ProducerSequence, int Bytes) : ProducerMessage(Bytes);

/// <summary>An image, to be encoded here.</summary>
/// <param name="Image">The image.</param>
/// <param name="Info">The key, time of capture and headers of its code.</param>
/// <param name="ProducerSequence">As in <see cref="ProducerItem"/>.</param>
/// <param name="Bytes">Bytes of the message.</param>
internal sealed record ImageItem(ImageSource Image, CodeInfo Info, long ProducerSequence, int Bytes)
    : ProducerItem(ProducerSequence, Bytes);

/// <summary>A frame of codes that the producer encoded.</summary>
/// <param name="Frame">The frame, with the info of its codes; borrowed from the request.</param>
/// <param name="ProducerSequence">As in <see cref="ProducerItem"/>.</param>
/// <param name="Bytes">Bytes of the message.</param>
internal sealed record FrameItem(ReadOnlyMemory<byte> Frame, long ProducerSequence, int Bytes) : ProducerItem(ProducerSequence, Bytes);

/// <summary>An item whose message is invalid: its refusal is answered in order, and the stream continues.</summary>
/// <param name="Refusal">The refusal.</param>
/// <param name="ProducerSequence">As in <see cref="ProducerItem"/>.</param>
/// <param name="Bytes">Bytes of the message.</param>
internal sealed record InvalidItem(RequestException Refusal, long ProducerSequence, int Bytes) : ProducerItem(ProducerSequence, Bytes);

/// <summary>The answer to a producer's message; answers have the order of the messages.</summary>
internal abstract record ProducerAnswer;

/// <summary>Answers a header.</summary>
/// <param name="Version">The version that the items after the header are encoded with.</param>
/// <param name="LastProducerSequence">The largest producer sequence that was recorded; 0 if none.</param>
/// <param name="Epoch">The producer's epoch; 0 if it has no name.</param>
internal sealed record ProducerOpened(Digest Version, long LastProducerSequence, long Epoch) : ProducerAnswer;

/// <summary>Answers an item, which is durable or refused.</summary>
/// <param name="Outcome">Whether it was stored or refused.</param>
internal sealed record ItemAnswered(ItemOutcome Outcome) : ProducerAnswer;

/// <summary>Serializes a refusal, in the form in which it is recorded and answered again.</summary>
internal delegate byte[] RefusalWriter(RequestException refusal);
