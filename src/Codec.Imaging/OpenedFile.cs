using SkiaSharp;

namespace Codec.Imaging;

/// <summary>An untrusted image file whose header was read and is within limits.</summary>
internal sealed class OpenedFile : IDisposable
{
    private readonly TimedBytes _bytes;
    private readonly SKManagedStream _stream;
    private readonly ImageLimits _limits;

    private OpenedFile(TimedBytes bytes, ImageLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
        _stream = new SKManagedStream(_bytes);
        SKCodec? codec = SKCodec.Create(_stream, out SKCodecResult opened);
        RequireTime();
        Codec =
            codec
            ?? throw new InvalidImageException(
                $"The image file's header is damaged, truncated, or declares an impossible size ({opened})."
            );
    }

    /// <summary>Reads its pixels.</summary>
    public SKCodec Codec { get; }

    /// <summary>Opens a file, and uses it.</summary>
    /// <exception cref="InvalidImageException">It is not JPEG, PNG or WebP, its header is damaged, or it exceeds a limit.</exception>
    public static unsafe T Use<T>(ReadOnlySpan<byte> file, ImageLimits limits, TimeProvider time, Func<OpenedFile, T> use)
    {
        if (file.Length > limits.MaxFileBytes)
        {
            throw new InvalidImageException(
                $"The image file has {file.Length:N0} bytes; at most {limits.MaxFileBytes:N0} are allowed. Compress or shrink it."
            );
        }

        if (!HasKnownSignature(file))
            throw new InvalidImageException("The bytes are not a JPEG, PNG or WebP file.");

        ReadOnlySpan<byte> bytes = IsPng(file) && PngChunks.WithoutUnused(file) is { } kept ? kept : file;
        fixed (byte* first = bytes)
        {
            using var opened = new OpenedFile(new TimedBytes(first, bytes.Length, limits.MaxTime, time), limits);
            CheckSize(opened.Codec.Info.Width, opened.Codec.Info.Height, limits);
            return use(opened);
        }
    }

    /// <summary>Whether a file is PNG.</summary>
    public static bool IsPng(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

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
        _stream.Dispose();
        _bytes.Dispose();
    }

    // SkiaSharp opens a dozen more formats; refuse them, so that untrusted bytes reach less code.
    private static bool HasKnownSignature(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || IsPng(file)
        || (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8));

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
}
