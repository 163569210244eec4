using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Turns images upright according to their EXIF orientation.</summary>
internal static class Orientation
{
    /// <summary>Whether an image has to be turned or mirrored, for which it is copied.</summary>
    public static bool Copies(SKEncodedOrigin origin) => origin is not SKEncodedOrigin.TopLeft;

    /// <summary>Turns an image upright; returns the same image if it already is, and otherwise disposes of it.</summary>
    public static PixelBuffer Upright(PixelBuffer image, SKEncodedOrigin origin)
    {
        if (!Copies(origin))
            return image;
        int w = image.Width,
            h = image.Height;

        // Index in the stored image of the upright image's first pixel, and the index steps for one pixel right and one pixel down.
        (int first, int right, int down) = origin switch
        {
            SKEncodedOrigin.TopRight => (w - 1, -1, w),
            SKEncodedOrigin.BottomRight => (w * h - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => (w * (h - 1), 1, -w),
            SKEncodedOrigin.LeftTop => (0, w, 1),
            SKEncodedOrigin.RightTop => (w * (h - 1), -w, 1),
            SKEncodedOrigin.RightBottom => (w * h - 1, -w, -1),
            SKEncodedOrigin.LeftBottom => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        (int width, int height) = IsTurned(origin) ? (h, w) : (w, h);

        int channels = image.Channels;
        ReadOnlySpan<byte> samples = image.GetSpan();
        var upright = new PixelBuffer(width, height, channels);
        Span<byte> target = upright.GetSpan();
        for (int y = 0, to = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, to += channels)
                samples.Slice((first + x * right + y * down) * channels, channels).CopyTo(target[to..]);
        }

        ((IDisposable)image).Dispose();
        return upright;
    }

    /// <summary>Whether the upright image's rows are columns of the stored one.</summary>
    public static bool IsTurned(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
}
