using Codec.Frames;

namespace Codec.Client;

/// <summary>A frame of a channel, not decoded.</summary>
/// <param name="Sequences">The sequence of each code, ascending.</param>
/// <param name="Model">The loaded version that decodes it; shared, never dispose it.</param>
/// <param name="Quality">The quality of all codes.</param>
/// <param name="Codes">The codes in order, slices of the frame; the symbols of each were decoded as a check.</param>
/// <param name="Info">Keys, times and headers of the codes, in the order of <paramref name="Codes"/>.</param>
/// <param name="Frame">
/// The frame (docs/format.md): as received, or rebuilt from the codes before a damaged one.
/// </param>
public sealed record ReceivedFrame(
    IReadOnlyList<long> Sequences,
    CodecModel Model,
    int Quality,
    IReadOnlyList<ReadOnlyMemory<byte>> Codes,
    FrameInfo Info,
    ReadOnlyMemory<byte> Frame
);
