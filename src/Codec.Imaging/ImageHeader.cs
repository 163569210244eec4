using Codec.Images;

namespace Codec.Imaging;

/// <summary>What an image file's header declares.</summary>
/// <param name="Size">The size of the picture as it is shown: upright.</param>
/// <param name="Channels">1 for grey without transparency, otherwise 3.</param>
public sealed record ImageHeader(ImageSize Size, int Channels);
