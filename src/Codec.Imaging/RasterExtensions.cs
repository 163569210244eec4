using Codec.Images;

namespace Codec.Imaging;

/// <summary>Crops images and converts between grey and color.</summary>
public static class RasterExtensions
{
    /// <summary>Copies a part of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="x">Left edge, in pixels.</param>
    /// <param name="y">Top edge, in pixels.</param>
    /// <param name="width">Pixels in a row of the part, at least 1.</param>
    /// <param name="height">Rows of the part, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is empty or reaches outside the image.</exception>
    public static Raster Crop(this Raster image, int x, int y, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (x < 0 || y < 0 || width <= 0 || height <= 0 || width > image.Width - x || height > image.Height - y)
        {
            throw new ArgumentOutOfRangeException(
                nameof(width),
                $"The part {width}×{height} at ({x}, {y}) is empty or reaches outside the image of {image.Size}."
            );
        }

        var part = new byte[height * width * image.Channels];
        int rowLength = width * image.Channels;
        for (int row = 0; row < height; row++)
            image.Samples.AsSpan(((y + row) * image.Width + x) * image.Channels, rowLength).CopyTo(part.AsSpan(row * rowLength));

        return new Raster(width, height, image.Channels, part);
    }

    /// <summary>
    /// Returns the image with this number of channels: the same image, its luma (1 channel), or its grey values in all 3 channels.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="channels">1 or 3.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channels"/> is neither 1 nor 3.</exception>
    public static Raster WithChannels(this Raster image, int channels)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (channels == image.Channels)
            return image;
        var samples = new byte[channels is 1 or 3 ? image.Size.Pixels * channels : 0];
        switch (channels)
        {
            case 1:
                ToLuma(image.Samples, samples);
                break;
            case 3:
                Triple(image.Samples, samples);
                break;
            default:
                throw WrongChannels(channels);
        }

        return new Raster(image.Width, image.Height, channels, samples);
    }

    internal static ArgumentOutOfRangeException WrongChannels(int channels) =>
        new(nameof(channels), channels, "An image has 1 channel (grey) or 3 (red, green, blue).");

    // ITU-R BT.601 luma, as JPEG and Pillow's convert("L") compute it: 16-bit fixed point, rounded. The target may begin where the source
    // does.
    internal static void ToLuma(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to++)
            grey[to] = (byte)((rgb[from] * 19595 + rgb[from + 1] * 38470 + rgb[from + 2] * 7471 + 0x8000) >> 16);
    }

    internal static void Triple(ReadOnlySpan<byte> grey, Span<byte> rgb)
    {
        for (int i = 0; i < grey.Length; i++)
            rgb.Slice(3 * i, 3).Fill(grey[i]);
    }
}
