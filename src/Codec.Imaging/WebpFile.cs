using System.Buffers.Binary;
using Codec.Images;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>
/// Reads the header and the orientation of a WebP file. The decoder is given the file as it is; it skips unused chunks quickly.
/// </summary>
internal static class WebpFile
{
    // RIFF, length, WEBP; then chunks of type, length, data and padding to an even length.
    private const int HeaderLength = 12;
    private const int ChunkHeaderLength = 8;

    /// <summary>The flag in the first byte of a VP8X chunk, without which there is no EXIF block.</summary>
    private const byte HasExif = 8;

    /// <summary>
    /// Bytes of a pixel beside the delivered picture: a lossless picture is decoded whole before it is delivered; transparency takes less.
    /// A plain lossy one (VP8) takes a few rows.
    /// </summary>
    private const int WholeBytes = 5;

    private static ReadOnlySpan<byte> Extended => "VP8X"u8;

    public static bool HasSignature(ReadOnlySpan<byte> file) =>
        file.Length >= HeaderLength && file.StartsWith("RIFF"u8) && file[8..HeaderLength].SequenceEqual("WEBP"u8);

    public static PreparedFile Prepare(ReadOnlySpan<byte> webp) => new(SKData.CreateCopy(webp), FindOrigin(webp));

    /// <exception cref="InvalidImageException">The header is damaged.</exception>
    public static FileHeader ReadHeader(ReadOnlySpan<byte> webp)
    {
        ReadOnlySpan<byte> type = webp.Slice(HeaderLength, Math.Min(4, webp.Length - HeaderLength));
        ReadOnlySpan<byte> data = webp[Math.Min(webp.Length, HeaderLength + ChunkHeaderLength)..];
        ImageSize size;
        int whole = WholeBytes;
        if (type.SequenceEqual(Extended) && data.Length >= 10)
            size = new ImageSize(1 + ReadUInt24(data[4..]), 1 + ReadUInt24(data[7..])); // Flags and 3 reserved bytes are before it.
        else if (type.SequenceEqual("VP8 "u8) && data.Length >= 10)
            (size, whole) = (new ImageSize(ReadSide(data[6..]), ReadSide(data[8..])), 0); // After a tag and a start code, 3 bytes each.
        else if (type.SequenceEqual("VP8L"u8) && data.Length >= 5)
            size = SizeOfLossless(BinaryPrimitives.ReadUInt32LittleEndian(data[1..])); // A signature is before it.
        else
            throw new InvalidImageException("The WebP file's header is damaged, or cut short.");

        return FileHeader.Of(size, size.Pixels * whole);
    }

    private static int ReadUInt24(ReadOnlySpan<byte> at) => at[0] | (at[1] << 8) | (at[2] << 16);

    private static int ReadSide(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt16LittleEndian(at) & 0x3FFF;

    // 14 bits each, from the lowest: width - 1, height - 1.
    private static ImageSize SizeOfLossless(uint bits) => new((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);

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
