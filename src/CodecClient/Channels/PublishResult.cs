using System.Diagnostics.CodeAnalysis;
using Codec.Frames;

namespace Codec.Client;

/// <summary>An image to publish.</summary>
/// <param name="Image">The image.</param>
/// <param name="Info">The image's key, time of capture and headers; null for none.</param>
public sealed record OutgoingImage(ImageSource Image, CodeInfo? Info = null);

/// <summary>The answer to a published image.</summary>
/// <param name="Index">Index of the image in the published sequence; the first is 0.</param>
/// <param name="Acknowledgement">The sequence of its code; null if it was not acknowledged.</param>
/// <param name="Error">The reason why it was not acknowledged; null if it was.</param>
public sealed record PublishResult(long Index, Acknowledgement? Acknowledgement, CodecException? Error)
{
    /// <summary>Whether the image is stored durably.</summary>
    [MemberNotNullWhen(true, nameof(Acknowledgement))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsStored => Error is null;
}
