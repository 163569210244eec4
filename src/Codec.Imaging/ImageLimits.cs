namespace Codec.Imaging;

/// <summary>Bounds on an untrusted image file, checked before pixels are allocated.</summary>
public sealed record ImageLimits
{
    /// <summary>The defaults.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Maximum number of bytes of the file. Default: 20 MiB; the best JPEG of a 24-megapixel camera has about 12.</summary>
    public int MaxFileBytes { get; init; } = 20 << 20;

    /// <summary>
    /// Maximum number of pixels. Default: 50 million, about the largest full-frame cameras; such an image takes 200 MB while it is decoded.
    /// </summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>
    /// Largest width or height in pixels. Default: 16,384, a panorama of four 4K screens. The limit on pixels alone would admit
    /// 1×50,000,000, whose rows cost more than its pixels. It admits every side that WebP can declare (16,383), but not all of JPEG's
    /// 65,535.
    /// </summary>
    public int MaxSide { get; init; } = 16_384;

    /// <summary>
    /// Maximum time that reading the file may take. JPEG and PNG files are read in pieces, before each of which it is checked; a WebP file,
    /// and the last pass over the pixels of a progressive JPEG file, are bounded by bytes and pixels alone. Default: a minute.
    /// </summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The formats that are read.</summary>
    public ImageFormats Formats { get; init; } = ImageFormats.Web;
}
