using Codec.Images;

namespace Codec.Imaging;

/// <summary>What an image file takes while it is read.</summary>
/// <param name="Size">The size that it declares, before it is turned upright.</param>
/// <param name="PeakBytes">
/// Most bytes of memory at any time of <see cref="ImageFile.Read"/>, outside the managed heap and without the file itself: the picture,
/// what the format needs to have whole, and a copy of the file.
/// </param>
public readonly record struct ImageCost(ImageSize Size, long PeakBytes);
