using System.Buffers.Binary;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Reads the orientation in an EXIF block.</summary>
internal static class ExifOrientation
{
    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;

    // The prefix of JPEG's EXIF segment. PNG and WebP store the block without it, but many programs write it there too.
    private static ReadOnlySpan<byte> Prefix => "Exif\0\0"u8;

    /// <summary>Finds the orientation; <see cref="SKEncodedOrigin.TopLeft"/> if there is none, or if the block is malformed.</summary>
    public static SKEncodedOrigin Find(ReadOnlySpan<byte> exif) => OfTiff(exif.StartsWith(Prefix) ? exif[Prefix.Length..] : exif);

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
