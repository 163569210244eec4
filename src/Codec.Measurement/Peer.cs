using Codec.Images;
using NetVips;

namespace Codec.Measurement;

/// <summary>A common image format, encoded and decoded by libvips in memory and without metadata.</summary>
/// <param name="Name">The format's name in tables.</param>
/// <param name="Qualities">The qualities of a curve, each 0 to 100.</param>
/// <param name="Save">Encodes an image at a quality.</param>
public sealed record Peer(string Name, IReadOnlyList<int> Qualities, Func<Image, int, byte[]> Save) : IImageCodec
{
    /// <summary>JPEG by libjpeg-turbo with optimized Huffman tables.</summary>
    public static Peer Jpeg { get; } =
        new(
            "JPEG",
            [5, 10, 18, 30, 45, 62, 76, 86, 93],
            (image, q) => image.JpegsaveBuffer(q: q, optimizeCoding: true, keep: Enums.ForeignKeep.None)
        );

    /// <summary>WebP by libwebp with method 6, which gives the fewest bytes, and sharp conversion of colours.</summary>
    public static Peer Webp { get; } =
        new(
            "WebP",
            [0, 1, 8, 20, 35, 52, 68, 80, 88, 94],
            (image, q) => image.WebpsaveBuffer(q: q, effort: 6, smartSubsample: true, keep: Enums.ForeignKeep.None)
        );

    /// <summary>AVIF: AV1 still pictures by libaom at speed 6, with colours of half the resolution.</summary>
    public static Peer Avif { get; } =
        new("AVIF", [15, 25, 35, 44, 52, 60, 68, 76, 84], (image, q) => SaveAvif(image, q, Enums.ForeignSubsample.On, "ssim"));

    /// <summary>AVIF at speed 6 with colours of full resolution, tuned for image quality.</summary>
    public static Peer AvifIq { get; } =
        new("AVIF 4:4:4 iq", [15, 25, 35, 44, 52, 60, 68, 76, 84], (image, q) => SaveAvif(image, q, Enums.ForeignSubsample.Off, "iq"));

    /// <summary>PNG, lossless.</summary>
    public static Peer Png { get; } =
        new(
            "PNG",
            [100],
            (image, _) => image.PngsaveBuffer(compression: 9, filter: Enums.ForeignPngFilter.All, keep: Enums.ForeignKeep.None)
        );

    // libvips counts effort upwards: 3 is libaom's speed 6.
    private static byte[] SaveAvif(Image image, int quality, Enums.ForeignSubsample subsample, string tune) =>
        image.HeifsaveBuffer(
            q: quality,
            compression: Enums.ForeignHeifCompression.Av1,
            effort: 3,
            subsampleMode: subsample,
            tune: tune,
            keep: Enums.ForeignKeep.None
        );

    /// <summary>Whether libvips can be loaded, with which all of these formats are encoded.</summary>
    public static bool IsAvailable => ModuleInitializer.VipsInitialized;

    public byte[] Encode(Raster image, int quality)
    {
        using Image pixels = Image.NewFromMemory(image.Samples, image.Width, image.Height, image.Channels, Enums.BandFormat.Uchar);
        using Image srgb = pixels.Copy(interpretation: Enums.Interpretation.Srgb);
        return Save(srgb, quality);
    }

    public Raster Decode(byte[] file)
    {
        using Image decoded = Image.NewFromBuffer(file);
        using Image rgb = decoded.Bands > 3 ? decoded.ExtractBand(0, 3) : decoded.Copy();
        return new Raster(rgb.Width, rgb.Height, rgb.Bands, rgb.WriteToMemory<byte>());
    }
}
