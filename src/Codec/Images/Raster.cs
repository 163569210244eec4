namespace Codec.Images;

/// <summary>An image in memory: sRGB or grey, 8 bits a sample, rows from the top, channels interleaved.</summary>
public sealed class Raster
{
    /// <summary>Wraps samples without copying them; the raster owns the array from now on.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 (grey or mask) or 3 (red, green, blue).</param>
    /// <param name="samples">Exactly height × width × channels bytes, [height, width, channels].</param>
    /// <exception cref="ArgumentException">
    /// A side is not positive, <paramref name="channels"/> is neither 1 nor 3, or <paramref name="samples"/> has another length.
    /// </exception>
    public Raster(int width, int height, int channels, byte[] samples)
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

    /// <summary>1 (grey or mask) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>The samples, [Height, Width, Channels]; the image's own array, not a copy.</summary>
    public byte[] Samples { get; }

    /// <summary>Width and height.</summary>
    public ImageSize Size => new(Width, Height);

    /// <summary>
    /// Creates an image with uninitialized samples, all of which the caller must overwrite. The bounds on a code's sides keep the samples
    /// within one array.
    /// </summary>
    internal static Raster Allocate(ImageSize size, int channels) =>
        new(size.Width, size.Height, channels, GC.AllocateUninitializedArray<byte>((int)size.Pixels * channels));
}
