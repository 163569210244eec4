using System.Buffers.Binary;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>
/// Checks a JPEG file's markers, and removes the segments that do not change its pixels, colours or orientation. The decoder cannot tell
/// a progressive file that is cut short from a whole one.
/// </summary>
internal static class JpegFile
{
    private const int SignatureLength = 2;

    /// <summary>A profile is split over segments that are numbered by one byte. The decoder stores each.</summary>
    private const int MaxProfileSegments = 255;

    public static bool HasSignature(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <exception cref="InvalidImageException">The file is of a kind that is not supported, or has no end.</exception>
    public static PreparedFile Prepare(ReadOnlySpan<byte> jpeg)
    {
        SKData data = SKData.Create(jpeg.Length);
        try
        {
            int length = CopyUsed(jpeg, data.Span);
            return new PreparedFile(PreparedFile.Trim(data, length), Origin: null);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <exception cref="InvalidImageException">The file is of a kind that is not supported, or has no frame.</exception>
    public static FileHeader ReadHeader(ReadOnlySpan<byte> jpeg)
    {
        int at = SignatureLength;
        while (TryFindMarker(jpeg, ref at, out byte marker) && marker != JpegMarker.EndOfImage)
        {
            if (JpegMarker.IsAlone(marker))
                continue;
            if (!TryReadSegment(jpeg, at, out int end))
                break;
            if (JpegMarker.IsFrame(marker))
                return JpegFrame.Check(marker, jpeg[(at + 2)..end]);
            at = end;
        }

        throw new InvalidImageException("The JPEG file's header is damaged, or cut short: it declares no size.");
    }

    /// <summary>Finds the end of the segment whose length is at a position.</summary>
    private static bool TryReadSegment(ReadOnlySpan<byte> jpeg, int at, out int end)
    {
        end = at + 2 <= jpeg.Length ? at + Math.Max(2, (int)BinaryPrimitives.ReadUInt16BigEndian(jpeg[at..])) : int.MaxValue;
        return end <= jpeg.Length;
    }

    // Returns the number of bytes copied.
    private static int CopyUsed(ReadOnlySpan<byte> jpeg, Span<byte> used)
    {
        int copied = 0,
            kept = 0, // The bytes from here to the current segment are to be copied.
            at = SignatureLength,
            profileSegments = 0;
        bool hasExif = false;
        while (TryFindMarker(jpeg, ref at, out byte marker))
        {
            int start = at - 2; // A marker is 0xFF and its code.
            if (marker == JpegMarker.EndOfImage)
                return copied + Copy(jpeg[kept..at], used[copied..]);
            if (JpegMarker.IsAlone(marker))
                continue;
            if (!TryReadSegment(jpeg, at, out int end))
                break;
            ReadOnlySpan<byte> content = jpeg[(at + 2)..end];
            if (JpegMarker.IsFrame(marker))
                JpegFrame.Check(marker, content);
            bool isUsed = marker switch
            {
                JpegMarker.Exif => !hasExif && (hasExif = content.StartsWith("Exif\0\0"u8)),
                JpegMarker.Profile => content.StartsWith("ICC_PROFILE\0"u8) && ++profileSegments <= MaxProfileSegments,
                _ => !JpegMarker.IsMetadata(marker),
            };
            if (!isUsed)
            {
                copied += Copy(jpeg[kept..start], used[copied..]);
                kept = end;
            }

            at = end;
        }

        throw new InvalidImageException("The JPEG file is cut short or damaged: it has no end-of-image marker. Send the whole file.");
    }

    // Between segments and within the pixels' data, 0xFF 0x00 is data, and 0xFF may be repeated before a marker's code.
    private static bool TryFindMarker(ReadOnlySpan<byte> jpeg, ref int at, out byte marker)
    {
        marker = 0;
        while (jpeg[at..].IndexOf((byte)0xFF) is >= 0 and var skipped)
        {
            at += skipped;
            int fill = jpeg[at..].IndexOfAnyExcept((byte)0xFF);
            if (fill < 0)
                return false;
            at += fill;
            marker = jpeg[at++];
            if (marker != 0)
                return true;
        }

        return false;
    }

    private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }
}
