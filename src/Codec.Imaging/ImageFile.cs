using System.Runtime.InteropServices;
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
        using var opened = OpenedFile.Open(file, limits ?? ImageLimits.Default, time ?? TimeProvider.System);
        return Orientation.Upright(ReadPixels(opened), opened.Origin);
    }

    /// <summary>Counts the pixels that an image file declares, without decoding any.</summary>
    /// <param name="file">The whole file; borrowed for the call only.</param>
    /// <param name="limits">As for <see cref="Decode"/>.</param>
    /// <exception cref="InvalidImageException">
    /// The file is not JPEG, PNG or WebP, its header is damaged, it exceeds a limit, is of a kind that is not supported, or is a JPEG file
    /// without its end.
    /// </exception>
    public static long CountPixels(ReadOnlySpan<byte> file, ImageLimits? limits = null)
    {
        using var opened = OpenedFile.Open(file, limits ?? ImageLimits.Default, TimeProvider.System);
        return (long)opened.Codec.Info.Width * opened.Codec.Info.Height;
    }

    /// <summary>Reads what an image file declares, without decoding pixels.</summary>
    /// <param name="file">The whole file; borrowed for the call only.</param>
    /// <param name="limits">As for <see cref="Decode"/>.</param>
    /// <exception cref="InvalidImageException">As for <see cref="CountPixels"/>.</exception>
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

    private static unsafe Raster ReadPixels(OpenedFile file)
    {
        SKCodec codec = file.Codec;
        bool grey = codec.Info.ColorType == SKColorType.Gray8;
        bool opaque = grey || codec.Info.AlphaType == SKAlphaType.Opaque;
        SKImageInfo info = codec
            .Info.WithColorType(grey ? SKColorType.Gray8 : SKColorType.Rgba8888)
            .WithAlphaType(opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul)
            .WithColorSpace(Srgb);
        if (grey)
        {
            var samples = new byte[info.BytesSize];
            Fill(samples, file, info);
            return new Raster(info.Width, info.Height, 1, samples);
        }

        // Not an array: an array pool would keep the largest picture's for each thread.
        int bytes = info.BytesSize;
        void* memory = NativeMemory.Alloc((nuint)bytes);
        try
        {
            var rgba = new Span<byte>(memory, bytes);
            Fill(rgba, file, info);
            byte[] rgb = GC.AllocateUninitializedArray<byte>(bytes / 4 * 3);
            if (opaque)
                CopyWithoutAlpha(rgba, rgb);
            else
                LayOverWhite(rgba, rgb);
            return new Raster(info.Width, info.Height, 3, rgb);
        }
        finally
        {
            NativeMemory.Free(memory);
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

    private static void CopyWithoutAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }
    }

    private static void LayOverWhite(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            int alpha = rgba[from + 3];
            for (int c = 0; c < 3; c++)
                rgb[to + c] = (byte)((rgba[from + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }

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
