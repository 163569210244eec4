using System.Buffers;
using Codec.Images;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Decodes and encodes image files: JPEG, PNG and WebP.</summary>
public static class ImageFile
{
    private static readonly SKColorSpace Srgb = SKColorSpace.CreateSrgb();

    /// <summary>Decodes an untrusted image file.</summary>
    /// <param name="file">The whole file; borrowed for the call only.</param>
    /// <param name="limits">
    /// Bounds, checked on the file's header before pixels are allocated; null uses <see cref="ImageLimits.Default"/>.
    /// </param>
    /// <returns>
    /// The first picture of the file as Chrome shows it: upright (EXIF orientation applied) and converted to 8-bit sRGB by its colour
    /// profile or colour chunks. 16-bit samples keep their upper 8 bits, CMYK is converted, transparency is blended over white. 1 channel
    /// if the file is grey without transparency, otherwise 3.
    /// </returns>
    /// <exception cref="InvalidImageException">
    /// The file is not JPEG, PNG or WebP, is damaged or truncated, or exceeds a limit; or it is of a kind that is not supported: HDR (PQ or
    /// HLG), or JPEG that has 12-bit samples, is lossless or hierarchical, or declares its height after its pixels.
    /// </exception>
    public static Raster Decode(ReadOnlySpan<byte> file, ImageLimits? limits = null)
    {
        using SKCodec codec = Open(file, limits ?? ImageLimits.Default, out SKEncodedOrigin origin);
        return Orientation.Upright(ReadPixels(codec), origin);
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
        using SKCodec codec = Open(file, limits ?? ImageLimits.Default, out _);
        return (long)codec.Info.Width * codec.Info.Height;
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

    private static SKCodec Open(ReadOnlySpan<byte> file, ImageLimits limits, out SKEncodedOrigin origin)
    {
        if (file.Length > limits.MaxFileBytes)
        {
            throw new InvalidImageException(
                $"The image file has {file.Length:N0} bytes; at most {limits.MaxFileBytes:N0} are allowed. Compress or shrink it."
            );
        }

        PreparedFile prepared = Prepare(file);
        // The codec keeps the stream alive, and the stream the data.
        using SKData data = prepared.Data;
        SKCodec codec =
            SKCodec.Create(new SKMemoryStream(data), out SKCodecResult opened)
            ?? throw new InvalidImageException(
                $"The image file's header is damaged, truncated, or declares an impossible size ({opened})."
            );
        try
        {
            CheckSize(codec.Info.Width, codec.Info.Height, limits);
            HighDynamicRange.Refuse(codec.Info.ColorSpace);
            origin = prepared.Origin ?? codec.EncodedOrigin;
            return codec;
        }
        catch
        {
            codec.Dispose();
            throw;
        }
    }

    // SkiaSharp opens a dozen more formats; refuse them, so that untrusted bytes reach less code.
    private static PreparedFile Prepare(ReadOnlySpan<byte> file)
    {
        if (JpegFile.HasSignature(file))
            return JpegFile.Prepare(file);
        if (PngFile.HasSignature(file))
            return PngFile.Prepare(file);
        if (WebpFile.HasSignature(file))
            return WebpFile.Prepare(file);
        throw new InvalidImageException("The bytes are not a JPEG, PNG or WebP file.");
    }

    private static void CheckSize(int width, int height, ImageLimits limits)
    {
        if (width <= 0 || height <= 0)
            throw new InvalidImageException($"The image file declares {width}×{height} pixels; it needs at least 1×1.");
        if (width > limits.MaxSide || height > limits.MaxSide)
        {
            throw new InvalidImageException(
                $"The image file declares {width:N0}×{height:N0} pixels; a side may have at most {limits.MaxSide:N0}."
            );
        }

        if ((long)width * height > limits.MaxPixels)
        {
            throw new InvalidImageException(
                $"The image file declares {width:N0}×{height:N0} pixels; at most {limits.MaxPixels:N0} in all are allowed."
            );
        }
    }

    private static Raster ReadPixels(SKCodec codec)
    {
        bool grey = codec.Info.ColorType == SKColorType.Gray8;
        bool opaque = grey || codec.Info.AlphaType == SKAlphaType.Opaque;
        SKImageInfo info = codec
            .Info.WithColorType(grey ? SKColorType.Gray8 : SKColorType.Rgba8888)
            .WithAlphaType(opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul)
            .WithColorSpace(Srgb);
        if (grey)
        {
            var samples = new byte[info.BytesSize];
            Fill(samples, codec, info);
            return new Raster(info.Width, info.Height, 1, samples);
        }

        // Rented: thousands of photographs in a row would each leave a large array to the collector.
        byte[] rented = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        try
        {
            Span<byte> rgba = rented.AsSpan(0, info.BytesSize);
            Fill(rgba, codec, info);
            byte[] rgb = GC.AllocateUninitializedArray<byte>(rgba.Length / 4 * 3);
            if (opaque)
                CopyWithoutAlpha(rgba, rgb);
            else
                LayOverWhite(rgba, rgb);
            return new Raster(info.Width, info.Height, 3, rgb);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static unsafe void Fill(Span<byte> pixels, SKCodec codec, SKImageInfo info)
    {
        SKCodecResult result;
        fixed (byte* first = pixels)
            result = codec.GetPixels(info, (nint)first);
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
