namespace Codec.Imaging;

/// <summary>An image in memory: sRGB or grey, 8 bits a sample, rows from the top, channels interleaved.</summary>
public sealed class PixelImage
{
    /// <summary>Wraps samples; they are not copied.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 (grey) or 3 (red, green, blue).</param>
    /// <param name="samples">Exactly height × width × channels bytes, owned by the image from here on.</param>
    /// <exception cref="ArgumentException">
    /// A size is not positive, channels is neither 1 nor 3, or the length of samples is another.
    /// </exception>
    public PixelImage(int width, int height, int channels, byte[] samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "An image has 1 channel (grey) or 3 (red, green, blue).");
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException(
                $"{width}×{height}×{channels} needs {(long)width * height * channels} samples, not {samples.Length}.",
                nameof(samples)
            );
        }

        Width = width;
        Height = height;
        Channels = channels;
        Samples = samples;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>The samples, [Height, Width, Channels]; the image's own, not a copy.</summary>
    public byte[] Samples { get; }

    /// <summary>A copy of a part.</summary>
    /// <param name="x">Left edge, in pixels.</param>
    /// <param name="y">Top edge, in pixels.</param>
    /// <param name="width">Pixels in a row of the part, at least 1.</param>
    /// <param name="height">Rows of the part, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is empty or reaches outside the image.</exception>
    public PixelImage Crop(int x, int y, int width, int height)
    {
        if (x < 0 || y < 0 || width <= 0 || height <= 0 || width > Width - x || height > Height - y)
        {
            throw new ArgumentOutOfRangeException(
                nameof(width),
                $"The part {width}×{height} at ({x}, {y}) is empty or reaches outside the image of {Width}×{Height}."
            );
        }

        var part = new byte[height * width * Channels];
        int rowLength = width * Channels;
        for (int row = 0; row < height; row++)
            Samples.AsSpan(((y + row) * Width + x) * Channels, rowLength).CopyTo(part.AsSpan(row * rowLength));
        return new PixelImage(width, height, Channels, part);
    }

    /// <summary>The image with this many channels: itself, its luma, or its grey in all three.</summary>
    /// <param name="channels">1 or 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">channels is neither 1 nor 3.</exception>
    public PixelImage WithChannels(int channels)
    {
        if (channels == Channels)
            return this;
        return channels switch
        {
            1 => new PixelImage(Width, Height, 1, ToLuma(Samples)),
            3 => new PixelImage(Width, Height, 3, Triple(Samples)),
            _ => throw new ArgumentOutOfRangeException(
                nameof(channels),
                channels,
                "An image has 1 channel (grey) or 3 (red, green, blue)."
            ),
        };
    }

    // ITU-R BT.601 luma, as JPEG and Pillow's convert("L") have it: 16-bit fixed point, rounded.
    private static byte[] ToLuma(byte[] rgb)
    {
        var grey = new byte[rgb.Length / 3];
        for (int i = 0; i < grey.Length; i++)
            grey[i] = (byte)((rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000) >> 16);
        return grey;
    }

    private static byte[] Triple(byte[] grey)
    {
        var rgb = new byte[grey.Length * 3];
        for (int i = 0; i < grey.Length; i++)
            rgb.AsSpan(3 * i, 3).Fill(grey[i]);
        return rgb;
    }
}
