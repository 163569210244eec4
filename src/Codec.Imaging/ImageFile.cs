using System.Buffers;
using Codec.Images;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Decodes and encodes image files: JPEG, PNG and WebP; decodes BMP and GIF where that is allowed.</summary>
public static class ImageFile
{
    private static readonly SKColorSpace Srgb = SKColorSpace.CreateSrgb();

    /// <summary>Decodes an untrusted image file.</summary>
    /// <param name="file">The whole file; borrowed for the call only.</param>
    /// <param name="limits">
    /// Bounds, checked on the file's header before pixels are allocated; null uses <see cref="ImageLimits.Default"/>.
    /// </param>
    /// <param name="time">Measures <see cref="ImageLimits.MaxTime"/>; null uses the system's clock.</param>
    /// <returns>
    /// The first picture of the file as Chrome shows it: upright (EXIF orientation applied) and converted to 8-bit sRGB by its colour
    /// profile or colour chunks. 16-bit samples keep their upper 8 bits, CMYK is converted, transparency is blended over white. 1 channel
    /// if the file is grey without transparency, otherwise 3.
    /// </returns>
    /// <exception cref="InvalidImageException">
    /// The file is not JPEG, PNG or WebP, is damaged or truncated, or exceeds a limit; or it is of a kind that is not supported: HDR (PQ or
    /// HLG), or JPEG that has 12-bit samples, is lossless or hierarchical, or declares its height after its pixels.
    /// </exception>
    public static Raster Decode(ReadOnlySpan<byte> file, ImageLimits? limits = null, TimeProvider? time = null)
    {
        using IMemoryOwner<byte> pixels = Read(file, limits, time);
        return ((PixelBuffer)pixels).ToRaster();
    }

    /// <summary>Decodes an untrusted image file into memory outside the managed heap.</summary>
    /// <param name="file">As for <see cref="Decode"/>.</param>
    /// <param name="limits">As for <see cref="Decode"/>.</param>
    /// <param name="time">As for <see cref="Decode"/>.</param>
    /// <returns>The picture, as <see cref="Decode"/> returns it; owned by the caller.</returns>
    /// <exception cref="InvalidImageException">As for <see cref="Decode"/>.</exception>
    public static PixelBuffer Read(ReadOnlySpan<byte> file, ImageLimits? limits = null, TimeProvider? time = null)
    {
        using var opened = OpenedFile.Open(file, limits ?? ImageLimits.Default, time ?? TimeProvider.System);
        return Orientation.Upright(ReadPixels(opened), opened.Origin);
    }

    /// <summary>Finds out from a file's header what <see cref="Read"/> takes, without decoding or copying anything.</summary>
    /// <param name="file">The whole file; borrowed for the call only.</param>
    /// <param name="limits">As for <see cref="Decode"/>.</param>
    /// <exception cref="InvalidImageException">
    /// The file is not JPEG, PNG or WebP, its header is damaged, it exceeds a limit, or is of a kind that is not supported.
    /// </exception>
    public static ImageCost Measure(ReadOnlySpan<byte> file, ImageLimits? limits = null)
    {
        limits ??= ImageLimits.Default;
        OpenedFile.CheckLength(file, limits);
        FileHeader header = FileHeader.Read(file);
        OpenedFile.CheckSize(header.Size, limits);
        return new ImageCost(header.Size, header.PeakBytes + file.Length);
    }

    /// <summary>Reads what an image file declares, without decoding pixels.</summary>
    /// <param name="file">The whole file; borrowed for the call only.</param>
    /// <param name="limits">As for <see cref="Decode"/>.</param>
    /// <exception cref="InvalidImageException">As for <see cref="Measure"/>.</exception>
    public static ImageHeader ReadHeader(ReadOnlySpan<byte> file, ImageLimits? limits = null)
    {
        using var opened = OpenedFile.Open(file, limits ?? ImageLimits.Default, TimeProvider.System);
        SKImageInfo info = opened.Codec.Info;
        ImageSize size = Orientation.IsTurned(opened.Origin) ? new(info.Height, info.Width) : new(info.Width, info.Height);
        return new ImageHeader(size, info.ColorType == SKColorType.Gray8 ? 1 : 3);
    }

    /// <summary>Encodes an image losslessly as PNG.</summary>
    /// <param name="image">Borrowed for the call only.</param>
    /// <returns>The file, owned by the caller.</returns>
    public static byte[] EncodePng(Raster image) =>
        Encode(image, keepGrey: true, static pixels => pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 9)));

    /// <summary>Encodes an image as baseline JPEG with chroma at half resolution (4:2:0).</summary>
    /// <param name="image">Borrowed for the call only.</param>
    /// <param name="quality">0 (fewest bytes) to 100.</param>
    /// <returns>The file, owned by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="quality"/> is outside 0..100.</exception>
    public static byte[] EncodeJpeg(Raster image, int quality)
    {
        CheckQuality(quality);
        var options = new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore);
        return Encode(image, keepGrey: true, pixels => pixels.Encode(options));
    }

    /// <summary>Encodes an image as lossy WebP.</summary>
    /// <param name="image">Borrowed for the call only.</param>
    /// <param name="quality">0 (fewest bytes) to 100.</param>
    /// <returns>The file, owned by the caller.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="quality"/> is outside 0..100.</exception>
    public static byte[] EncodeWebp(Raster image, int quality)
    {
        CheckQuality(quality);
        // Lossy WebP has no grey format.
        return Encode(image, keepGrey: false, pixels => pixels.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)));
    }

    private static PixelBuffer ReadPixels(OpenedFile file)
    {
        SKCodec codec = file.Codec;
        bool grey = codec.Info.ColorType == SKColorType.Gray8;
        bool opaque = grey || codec.Info.AlphaType == SKAlphaType.Opaque;
        SKImageInfo info = codec
            .Info.WithColorType(grey ? SKColorType.Gray8 : SKColorType.Rgba8888)
            .WithAlphaType(opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul)
            .WithColorSpace(Srgb);
        var pixels = new PixelBuffer(info.Width, info.Height, info.BytesPerPixel);
        try
        {
            Fill(pixels.GetSpan(), file, info);
            if (!grey)
            {
                DropAlpha(pixels.GetSpan(), opaque);
                pixels.Shrink(3);
            }

            return pixels;
        }
        catch
        {
            ((IDisposable)pixels).Dispose();
            throw;
        }
    }

    private static unsafe void Fill(Span<byte> pixels, OpenedFile file, SKImageInfo info)
    {
        SKCodecResult result;
        fixed (byte* first = pixels)
            result = file.Codec.GetPixels(info, (nint)first);
        file.RequireTime();

        // Otherwise a truncated file would decode to a picture with a grey lower half.
        if (result != SKCodecResult.Success)
            throw new InvalidImageException($"The image file's pixels are damaged or truncated ({result}).");
    }

    // In place: the three samples of a pixel are written where a pixel before it, or the pixel itself, was read.
    private static void DropAlpha(Span<byte> pixels, bool opaque)
    {
        for (int from = 0, to = 0; from < pixels.Length; from += 4, to += 3)
        {
            int alpha = opaque ? byte.MaxValue : pixels[from + 3];
            for (int c = 0; c < 3; c++)
                pixels[to + c] = alpha == byte.MaxValue ? pixels[from + c] : OverWhite(pixels[from + c], alpha);
        }
    }

    private static byte OverWhite(int sample, int alpha) => (byte)((sample * alpha + 255 * (255 - alpha) + 127) / 255);

    private static unsafe byte[] Encode(Raster image, bool keepGrey, Func<SKPixmap, SKData?> encode)
    {
        ArgumentNullException.ThrowIfNull(image);
        bool grey = keepGrey && image.Channels == 1;
        byte[] pixels = grey ? image.Samples : WithOpaqueAlpha(image.WithChannels(3).Samples);
        // No color space, so that no profile is written: readers assume sRGB anyway, and the profile takes half a kilobyte.
        var info = new SKImageInfo(image.Width, image.Height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque);
        fixed (byte* first = pixels)
        {
            using var pixmap = new SKPixmap(info, (nint)first);
            using SKData data =
                encode(pixmap)
                ?? throw new ArgumentException($"An image of {image.Width}×{image.Height} does not fit the file format.", nameof(image));
            return data.ToArray();
        }
    }

    private static byte[] WithOpaqueAlpha(byte[] rgb)
    {
        var rgba = new byte[rgb.Length / 3 * 4];
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
        {
            rgb.AsSpan(from, 3).CopyTo(rgba.AsSpan(to));
            rgba[to + 3] = byte.MaxValue;
        }

        return rgba;
    }

    private static void CheckQuality(int quality)
    {
        if (quality is < 0 or > 100)
            throw new ArgumentOutOfRangeException(nameof(quality), quality, "The quality of a JPEG or WebP file is 0 to 100.");
    }
}
