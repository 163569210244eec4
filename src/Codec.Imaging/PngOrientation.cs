using System.Buffers.Binary;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Reads the orientation in a PNG file's eXIf chunk, which SkiaSharp ignores.</summary>
internal static class PngOrientation
{
    private const int SignatureLength = 8;
    private const int ChunkOverhead = 12;
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;

    /// <summary>Finds the orientation; <see cref="SKEncodedOrigin.TopLeft"/> if there is none, or if the chunk is malformed.</summary>
    public static SKEncodedOrigin Find(ReadOnlySpan<byte> png)
    {
        // Chunk: length, type, data, CRC-32. The eXIf chunk may also follow the pixels.
        for (ReadOnlySpan<byte> rest = png[SignatureLength..]; rest.Length >= ChunkOverhead; )
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - ChunkOverhead)
                break;
            if (rest[4..8].SequenceEqual("eXIf"u8))
                return OfTiff(rest.Slice(8, (int)length));
            rest = rest[(ChunkOverhead + (int)length)..];
        }

        return SKEncodedOrigin.TopLeft;
    }

    // TIFF 6.0: byte order, 42, offset of a directory. Directory: count, then entries of tag, type, count and value.
    private static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff.StartsWith("MM\0*"u8) || tiff.StartsWith("II*\0"u8)))
            return SKEncodedOrigin.TopLeft;
        bool bigEndian = tiff[0] == 'M';
        uint directory = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
            return SKEncodedOrigin.TopLeft;
        int entries = Short(tiff[(int)directory..]);
        ReadOnlySpan<byte> rest = tiff[((int)directory + 2)..];
        for (int i = 0; i < entries && rest.Length >= EntryLength; i++, rest = rest[EntryLength..])
        {
            if (Short(rest) == OrientationTag && Short(rest[2..]) == ShortType && Short(rest[8..]) is >= 1 and <= 8 and var origin)
                return (SKEncodedOrigin)origin;
        }

        return SKEncodedOrigin.TopLeft;

        ushort Short(ReadOnlySpan<byte> at) =>
            bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);
    }
}
