using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace Codec.Imaging.Tests;

/// <summary>Makes PNG files chunk by chunk.</summary>
internal static class TestPngs
{
    private const int HeaderEnd = 8 + 25;
    private const int EndLength = 12;

    /// <summary>A PNG file with this header and these rows; <paramref name="scanlines"/> includes the filter bytes.</summary>
    public static byte[] Create(uint width, uint height, byte colorType, byte bitDepth = 8, params byte[] scanlines) =>
        [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Header(width, height, colorType, bitDepth), .. Pixels(scanlines), .. Chunk("IEND")];

    /// <summary>A file of one pixel: 64, 128, 192.</summary>
    public static byte[] OnePixel() => Create(1, 1, colorType: 2, scanlines: [0, 64, 128, 192]);

    public static byte[] Header(uint width, uint height, byte colorType, byte bitDepth, byte interlacing = 0) =>
        Chunk("IHDR", [.. Integers(width, height), bitDepth, colorType, 0, 0, interlacing]);

    public static byte[] Pixels(params byte[] scanlines) => Chunk("IDAT", Compress(scanlines));

    public static byte[] Compress(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(data);
        return compressed.ToArray();
    }

    /// <summary>Inserts chunks after the header.</summary>
    public static byte[] With(byte[] png, params byte[][] chunks) =>
        [.. png.AsSpan(0, HeaderEnd), .. TestImages.Join(chunks), .. png.AsSpan(HeaderEnd)];

    /// <summary>Inserts chunks after the pixels.</summary>
    public static byte[] WithAfterPixels(byte[] png, params byte[][] chunks) =>
        [.. png.AsSpan(0, png.Length - EndLength), .. TestImages.Join(chunks), .. png.AsSpan(png.Length - EndLength)];

    public static byte[] Chunk(string type, params byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] WithWrongChecksum(byte[] chunk) => [.. chunk.AsSpan(0, chunk.Length - 1), (byte)(chunk[^1] ^ 1)];

    /// <summary>A cICP chunk: codes of ITU-T H.273 for primaries and transfer function, matrix, full range.</summary>
    public static byte[] Coded(byte primaries, byte transfer, byte matrix = 0, byte fullRange = 1) =>
        Chunk("cICP", primaries, transfer, matrix, fullRange);

    /// <summary>A gAMA chunk; the gamma in 1/100,000.</summary>
    public static byte[] Gamma(uint gamma) => Chunk("gAMA", Integers(gamma));

    /// <summary>A cHRM chunk; x and y of white, red, green and blue.</summary>
    public static byte[] Chromaticities(params double[] values) =>
        Chunk("cHRM", Integers([.. values.Select(value => (uint)Math.Round(value * 100_000))]));

    public static byte[] Profile(byte[] profile) => Chunk("iCCP", [.. "profile\0\0"u8, .. Compress(profile)]);

    public static byte[] Integers(params uint[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }
}
