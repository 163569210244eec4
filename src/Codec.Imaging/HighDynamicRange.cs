using SkiaSharp;

namespace Codec.Imaging;

/// <summary>
/// Refuses HDR images. Their white is far below their brightest sample, so that 8-bit sRGB needs a tone mapping, which is the choice of
/// the picture's author.
/// </summary>
internal static class HighDynamicRange
{
    /// <summary>Refuses the transfer functions of Rec. 2100: PQ and HLG. The numbers of all others fit a power curve.</summary>
    /// <exception cref="InvalidImageException">The colour space is one of HDR.</exception>
    public static void Refuse(SKColorSpace? space)
    {
        if (space is { IsNumericalTransferFunction: false })
        {
            throw new InvalidImageException(
                "The image file is HDR (Rec. 2100, PQ or HLG), which is not supported. Convert it to an SDR colour space such as sRGB."
            );
        }
    }
}
