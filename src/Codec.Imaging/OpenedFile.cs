using Codec.Images;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>An untrusted image file whose header was read and is within limits.</summary>
internal sealed class OpenedFile : IDisposable
{
    private readonly SKData _data;
    private readonly TimedBytes _bytes;
    private readonly SKManagedStream _stream;
    private readonly ImageLimits _limits;

    private unsafe OpenedFile(PreparedFile file, ImageLimits limits, TimeProvider time)
    {
        _data = file.Data;
        _limits = limits;
        _bytes = new TimedBytes((byte*)_data.Data, _data.Size, limits.MaxTime, time);
        _stream = new SKManagedStream(_bytes);
        SKCodec? codec = SKCodec.Create(_stream, out SKCodecResult opened);
        try
        {
            RequireTime();
            Codec =
                codec
                ?? throw new InvalidImageException(
                    $"The image file's header is damaged, truncated, or declares an impossible size ({opened})."
                );
            HighDynamicRange.Refuse(codec.Info.ColorSpace);
            Origin = file.Origin ?? codec.EncodedOrigin;
        }
        catch
        {
            codec?.Dispose();
            Release();
            throw;
        }
    }

    /// <summary>Reads its pixels.</summary>
    public SKCodec Codec { get; }

    /// <summary>How its picture is turned.</summary>
    public SKEncodedOrigin Origin { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidImageException">As <see cref="ImageFile.Decode"/>.</exception>
    public static OpenedFile Open(ReadOnlySpan<byte> file, ImageLimits limits, TimeProvider time)
    {
        CheckLength(file, limits);

        // Only what strangers may send has its memory reserved by its header.
        ImageSize? declared = limits.Formats.HasFlag(ImageFormats.Local) && !FileHeader.IsKnown(file) ? null : FileHeader.Read(file).Size;
        if (declared is { } size)
            CheckSize(size, limits);
        var opened = new OpenedFile(Prepare(file, limits.Formats), limits, time);
        try
        {
            var actual = new ImageSize(opened.Codec.Info.Width, opened.Codec.Info.Height);
            CheckSize(actual, limits);
            return actual == (declared ?? actual)
                ? opened
                : throw new InvalidImageException($"The image file declares two sizes: {declared} and {actual} pixels.");
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public static void CheckLength(ReadOnlySpan<byte> file, ImageLimits limits)
    {
        if (file.Length > limits.MaxFileBytes)
        {
            throw new InvalidImageException(
                $"The image file has {file.Length:N0} bytes; at most {limits.MaxFileBytes:N0} are allowed. Compress or shrink it."
            );
        }
    }

    public static void CheckSize(ImageSize size, ImageLimits limits)
    {
        (int width, int height) = size;
        if (width <= 0 || height <= 0)
            throw new InvalidImageException($"The image file declares {width}×{height} pixels; it needs at least 1×1.");
        if (width > limits.MaxSide || height > limits.MaxSide)
        {
            throw new InvalidImageException(
                $"The image file declares {width:N0}×{height:N0} pixels; a side may have at most {limits.MaxSide:N0}."
            );
        }

        if (size.Pixels > limits.MaxPixels)
        {
            throw new InvalidImageException(
                $"The image file declares {width:N0}×{height:N0} pixels; at most {limits.MaxPixels:N0} in all are allowed."
            );
        }
    }

    /// <summary>Checks that the file was not cut short because its time was over.</summary>
    /// <exception cref="InvalidImageException">It was.</exception>
    public void RequireTime()
    {
        if (_bytes.HasExpired)
        {
            throw new InvalidImageException(
                $"The image file could not be read within {_limits.MaxTime.TotalSeconds:0.#} s; shrink it, or store it without interlacing."
            );
        }
    }

    public void Dispose()
    {
        Codec.Dispose();
        Release();
    }

    private void Release()
    {
        _stream.Dispose();
        _bytes.Dispose();
        _data.Dispose();
    }

    // SkiaSharp opens a dozen more formats; refuse them, so that untrusted bytes reach less code.
    private static PreparedFile Prepare(ReadOnlySpan<byte> file, ImageFormats formats)
    {
        if (JpegFile.HasSignature(file))
            return JpegFile.Prepare(file);
        if (PngFile.HasSignature(file))
            return PngFile.Prepare(file);
        if (WebpFile.HasSignature(file))
            return WebpFile.Prepare(file);
        if (!formats.HasFlag(ImageFormats.Local))
            throw new InvalidImageException("The bytes are not a JPEG, PNG or WebP file.");
        return file.StartsWith("BM"u8) || file.StartsWith("GIF8"u8)
            ? new PreparedFile(SKData.CreateCopy(file), null)
            : throw new InvalidImageException("The bytes are not a JPEG, PNG, WebP, BMP or GIF file.");
    }
}
