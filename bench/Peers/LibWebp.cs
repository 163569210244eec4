using System.Runtime.InteropServices;

namespace Codec.Bench.Peers;

/// <summary>
/// Calls libwebp directly on pixels and files in memory. Used for timing, where an image library's overhead would count against the format.
/// libwebp's simple functions use method 4 and one thread.
/// </summary>
internal static partial class LibWebp
{
    private const string Library = "libwebp.so.7";

    /// <summary>Whether this machine has the library (Debian: libwebp7).</summary>
    public static bool IsInstalled { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Encodes RGB, row-major, 8 bits.</summary>
    /// <returns>The WebP file's bytes, owned by the caller.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height, int quality)
    {
        nuint length = EncodeRgb(rgb, width, height, 3 * width, quality, out nint file);
        if (length == 0)
            throw new BenchException("libwebp could not encode an image.");
        try
        {
            var bytes = new byte[length];
            Marshal.Copy(file, bytes, 0, bytes.Length);
            return bytes;
        }
        finally
        {
            Free(file);
        }
    }

    /// <summary>Decodes a file to RGB, row-major, 8 bits.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> file, int width, int height)
    {
        var rgb = new byte[3 * width * height];
        return DecodeRgbInto(file, (nuint)file.Length, rgb, (nuint)rgb.Length, 3 * width) == 0
            ? throw new BenchException("libwebp could not decode an image.")
            : rgb;
    }

    [LibraryImport(Library, EntryPoint = "WebPEncodeRGB")]
    private static partial nuint EncodeRgb(ReadOnlySpan<byte> rgb, int width, int height, int stride, float quality, out nint output);

    [LibraryImport(Library, EntryPoint = "WebPDecodeRGBInto")]
    private static partial nint DecodeRgbInto(ReadOnlySpan<byte> file, nuint fileLength, Span<byte> rgb, nuint rgbLength, int stride);

    [LibraryImport(Library, EntryPoint = "WebPFree")]
    private static partial void Free(nint memory);
}
