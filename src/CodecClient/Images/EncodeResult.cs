using System.Diagnostics.CodeAnalysis;

namespace Codec.Client;

/// <summary>What became of an image that the server was to encode.</summary>
/// <param name="Index">Its place in the sequence that was handed in: 0 is the first.</param>
/// <param name="Image">The encoded image; null where it was refused.</param>
/// <param name="Error">Why it was refused; null where it was not.</param>
public sealed record EncodeResult(long Index, EncodedImage? Image, CodecException? Error)
{
    /// <summary>Whether it is encoded.</summary>
    [MemberNotNullWhen(true, nameof(Image))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsEncoded => Error is null;
}
