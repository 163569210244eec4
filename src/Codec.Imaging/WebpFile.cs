using System.Buffers.Binary;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Finds the orientation of a WebP file. The decoder is given the file as it is; it skips unused chunks quickly.</summary>
internal static class WebpFile
{
    // RIFF, length, WEBP; then chunks of type, length, data and padding to an even length.
    private const int HeaderLength = 12;
    private const int ChunkHeaderLength = 8;

    /// <summary>The flag in the first byte of a VP8X chunk, without which there is no EXIF block.</summary>
    private const byte HasExif = 8;

    private static ReadOnlySpan<byte> Extended => "VP8X"u8;

    public static bool HasSignature(ReadOnlySpan<byte> file) =>
        file.Length >= HeaderLength && file.StartsWith("RIFF"u8) && file[8..HeaderLength].SequenceEqual("WEBP"u8);

    public static PreparedFile Prepare(ReadOnlySpan<byte> webp) => new(SKData.CreateCopy(webp), FindOrigin(webp));

    private static SKEncodedOrigin FindOrigin(ReadOnlySpan<byte> webp)
    {
        ReadOnlySpan<byte> rest = webp[HeaderLength..];
        if (!rest.StartsWith(Extended) || rest.Length <= ChunkHeaderLength || (rest[ChunkHeaderLength] & HasExif) == 0)
            return SKEncodedOrigin.TopLeft;
        while (rest.Length >= ChunkHeaderLength)
        {
            ReadOnlySpan<byte> type = rest[..4];
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            rest = rest[ChunkHeaderLength..];
            if (length > rest.Length)
                break;
            if (type.SequenceEqual("EXIF"u8))
                return ExifOrientation.Find(rest[..(int)length]);
            rest = rest[(int)Math.Min(length + (length & 1), rest.Length)..];
        }

        return SKEncodedOrigin.TopLeft;
    }
}
