using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Codec.Tests.Shared;

/// <summary>Image files that cost a reader much more than their bytes or their pixels.</summary>
public static class Bombs
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>A PNG file of samples of 8 or 16 bits with transparency, 4 or 8 bytes a pixel, all 0.</summary>
    public static byte[] DeepPng(int width, int height, bool interlaced, byte bits = 16)
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            // A filter's byte for each row; an interlaced file has up to 15 / 8 times as many rows, and a reader ignores what is left over.
            var row = new byte[1 + bits / 8 * 4 * width];
            for (int y = 0; y < height + (interlaced ? height / 64 + 8 : 0); y++)
                deflate.Write(row);
        }

        return Png(width, height, bits, interlaced, packed.ToArray());
    }

    /// <summary>A PNG file with a chunk before its pixels.</summary>
    public static byte[] PngWithChunk(int side, string type, int bytes)
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

    /// <summary>
    /// A grey-looking progressive JPEG file of three components at full resolution: a reader keeps 6 bytes of coefficients a pixel.
    /// </summary>
    public static byte[] ProgressiveJpeg(int width, int height)
    {
        const int Block = 8,
            Components = 3;
        long blocks = (long)((width + Block - 1) / Block) * ((height + Block - 1) / Block) * Components;
        var quantizer = new byte[65];
        quantizer.AsSpan(1).Fill(1);

        // One Huffman code of one bit, 0: a difference of 0 from the block before.
        var huffman = new byte[18];
        huffman[1] = 1;
        byte[] size = [(byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width];
        return
        [
            .. (ReadOnlySpan<byte>)[0xFF, 0xD8],
            .. Segment(0xDB, quantizer),
            .. Segment(0xC2, [8, .. size, Components, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
            .. Segment(0xC4, huffman),
            .. Segment(0xDA, [Components, 1, 0, 2, 0, 3, 0, 0, 0, 0]),
            .. new byte[(blocks + 7) / 8],
            .. (ReadOnlySpan<byte>)[0xFF, 0xD9],
        ];
    }

    private static byte[] Segment(byte marker, ReadOnlySpan<byte> data) =>
        [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];

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
