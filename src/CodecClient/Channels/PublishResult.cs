using System.Diagnostics.CodeAnalysis;
using Codec.Frames;

namespace Codec.Client;

/// <summary>An image to publish.</summary>
/// <param name="Image">The image.</param>
/// <param name="Info">Its key, time of capture and headers; null for none.</param>
public sealed record OutgoingImage(ImageSource Image, CodeInfo? Info = null);

/// <summary>What became of an image.</summary>
/// <param name="Index">Its place in the sequence that was handed in: 0 is the first.</param>
/// <param name="Acknowledgement">Where it is stored; null where it is not acknowledged.</param>
/// <param name="Error">Why it is not acknowledged; null where it is.</param>
public sealed record PublishResult(long Index, Acknowledgement? Acknowledgement, CodecException? Error)
{
    /// <summary>Whether it is stored, durably.</summary>
    [MemberNotNullWhen(true, nameof(Acknowledgement))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsStored => Error is null;
}
