using System.Diagnostics.CodeAnalysis;

namespace Codec.Client;

/// <summary>The answer to an image that was sent to be encoded.</summary>
/// <param name="Index">Index of the image in the input sequence; the first is 0.</param>
/// <param name="Image">The encoded image; null if it was refused.</param>
/// <param name="Error">The reason of the refusal; null if it was encoded.</param>
public sealed record EncodeResult(long Index, EncodedImage? Image, CodecException? Error)
{
    /// <summary>Whether the image was encoded.</summary>
    [MemberNotNullWhen(true, nameof(Image))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsEncoded => Error is null;
}
