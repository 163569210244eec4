namespace Codec.Imaging;

/// <summary>Bounds on an image file from outside, checked before a pixel is allocated.</summary>
public sealed record ImageLimits
{
    /// <summary>The defaults.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Bytes of the file. 20 MiB: a 24-megapixel camera's best JPEG is about 12.</summary>
    public int MaxFileBytes { get; init; } = 20 << 20;

    /// <summary>Pixels in all. 50 million: the largest full-frame cameras; 200 MB while decoding.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>
    /// Width and height, each. 16,384: a panorama of four 4K screens. An area limit alone lets 1×50,000,000 pass, whose rows cost
    /// more than its pixels. It is also above every side that WebP can declare (16,383) and well below JPEG's 65,535.
    /// </summary>
    public int MaxSide { get; init; } = 16_384;
}
