using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Codec.Bench.Abuse;

/// <summary>Image files that cost a reader much more than their bytes or their pixels.</summary>
internal static class Bombs
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A PNG file of 16-bit samples with transparency, 8 bytes a pixel, all 0.</summary>
    public static byte[] Deep(int width, int height, bool interlaced)
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            // A filter's byte for each row; an interlaced file has up to 15 / 8 times as many rows, and a reader ignores what is left over.
            var row = new byte[1 + 8 * width];
            for (int y = 0; y < height + (interlaced ? height / 64 : 0); y++)
                deflate.Write(row);
        }

        return Png(width, height, 16, interlaced, packed.ToArray());
    }

    /// <summary>A PNG file with a chunk before its pixels.</summary>
    public static byte[] WithChunk(int side, string type, int bytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(new byte[side * (1 + 4 * side)]);
        }

        var filler = new byte[bytes];
        "k\0"u8.CopyTo(filler);
        filler.AsSpan(2).Fill((byte)'x');
        return Png(side, side, 8, interlaced: false, packed.ToArray(), Chunk(type, filler));
    }

    private static byte[] Png(int width, int height, byte depth, bool interlaced, byte[] packed, byte[]? before = null)
    {
        const byte WithAlpha = 6;
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, WithAlpha, interlaced ? (byte)1 : (byte)0);
        return [.. Signature, .. Chunk("IHDR", header), .. before ?? [], .. Chunk("IDAT", packed), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        for (int i = 0; i < 4; i++)
            chunk[4 + i] = (byte)type[i];
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }
}
