using Codec.Frames;
using Codec.Models;

namespace Codec.Client;

/// <summary>An image of a channel, decoded locally.</summary>
/// <param name="Sequence">The code's number in the channel, independent of the subscription's filter; the first is 1.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version that it was encoded with.</param>
/// <param name="Quality">The quality that it was encoded with.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
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
    /// <summary>The image's key, times and headers; <see cref="CodeInfo.None"/> if it has none.</summary>
    public CodeInfo Info { get; init; } = CodeInfo.None;

    /// <summary>The key, which names what the image shows, such as a camera or a user; null if there is none.</summary>
    public string? Key => Info.Key;
}
