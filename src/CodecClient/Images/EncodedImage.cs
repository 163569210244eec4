using Codec.Frames;
using Codec.Models;

namespace Codec.Client;

/// <summary>An image that the server encoded.</summary>
/// <param name="Version">The version that encoded it: who decodes needs that one.</param>
/// <param name="Quality">The quality asked for.</param>
/// <param name="Code">The code; owned by the receiver.</param>
public sealed record EncodedImage(Digest Version, int Quality, ReadOnlyMemory<byte> Code);

/// <summary>An image of a channel, decoded here.</summary>
/// <param name="Sequence">Its place in the channel, whatever filter the subscription has: 1 is the first.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version that it was encoded with.</param>
/// <param name="Quality">The quality that it was encoded with.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 (grey or mask) or 3 (sRGB).</param>
/// <param name="Pixels">8-bit samples, row-major, interleaved [height, width, channels]; owned by the receiver.</param>
public sealed record DecodedImage(
    long Sequence,
    string Model,
    Digest Version,
    int Quality,
    int Width,
    int Height,
    int Channels,
    ReadOnlyMemory<byte> Pixels
)
{
    /// <summary>Its key, times and headers; <see cref="CodeInfo.None"/> where nothing is known.</summary>
    public CodeInfo Info { get; init; } = CodeInfo.None;

    /// <summary>What the image is of, such as a camera or a user; null where it has no key.</summary>
    public string? Key => Info.Key;
}

/// <summary>A frame of a channel, not decoded.</summary>
/// <param name="Sequences">The sequence of each code, ascending.</param>
/// <param name="Model">The loaded version that decodes it; shared, never to be disposed of.</param>
/// <param name="Quality">The quality of all codes.</param>
/// <param name="Codes">The codes in order, each checked as far as its symbols; slices of the frame.</param>
/// <param name="Info">Keys, times and headers of the codes, by their place in <paramref name="Codes"/>.</param>
/// <param name="Frame">
/// The frame (docs/format.md): as it came, or made anew of the codes before a damaged one.
/// </param>
public sealed record ReceivedFrame(
    IReadOnlyList<long> Sequences,
    CodecModel Model,
    int Quality,
    IReadOnlyList<ReadOnlyMemory<byte>> Codes,
    FrameInfo Info,
    ReadOnlyMemory<byte> Frame
);
