namespace Codec.Images;

/// <summary>An image in memory.</summary>
/// <param name="Width">Pixels in a row, 1 or more.</param>
/// <param name="Height">Rows, 1 or more.</param>
/// <param name="Channels">1 (grey or mask) or 3 (sRGB).</param>
/// <param name="Samples">8 bits each, row-major, interleaved [height, width, channels]; owned by the image.</param>
public sealed record Raster(int Width, int Height, int Channels, byte[] Samples)
{
    /// <summary>Its width and height.</summary>
    public ImageSize Size => new(Width, Height);

    /// <summary>Creates an image whose samples the caller overwrites. The bounds on a code's sides keep the samples within one array.</summary>
    internal static Raster Allocate(ImageSize size, int channels) =>
        new(size.Width, size.Height, channels, GC.AllocateUninitializedArray<byte>((int)size.Pixels * channels));
}
