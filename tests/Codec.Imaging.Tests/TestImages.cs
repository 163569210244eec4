using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>Makes images by formula, and image files byte by byte.</summary>
internal static class TestImages
{
    /// <summary>Makes samples without smooth areas: ((31·i² + 17·i) &gt;&gt; 3) mod 256.</summary>
    public static Raster Pattern(int width, int height, int channels)
    {
        var samples = new byte[width * height * channels];
        for (long i = 0; i < samples.Length; i++)
            samples[i] = (byte)((i * i * 31 + i * 17) >> 3);
        return new Raster(width, height, channels, samples);
    }

    /// <summary>A picture without sharp edges, so that lossy files stay close to it.</summary>
    public static Raster Gradient(int width, int height)
    {
        var samples = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                samples[i++] = (byte)(255 * x / width);
                samples[i++] = (byte)(255 * y / height);
                samples[i++] = (byte)(255 * (x + y) / (width + height));
            }
        }

        return new Raster(width, height, 3, samples);
    }

    /// <summary>A PNG file with this header and these rows; <paramref name="scanlines"/> includes the filter bytes.</summary>
    public static byte[] Png(uint width, uint height, byte colorType, byte bitDepth = 8, params byte[] scanlines)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), height);
        header[8] = bitDepth;
        header[9] = colorType;

        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(scanlines);
        return
        [
            0x89,
            .. "PNG\r\n"u8,
            0x1A,
            0x0A,
            .. Chunk("IHDR"u8, header),
            .. Chunk("IDAT"u8, compressed.ToArray()),
            .. Chunk("IEND"u8, []),
        ];
    }

    /// <summary>A JPEG file with an EXIF block that contains the orientation, 1 to 8.</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif(orientation)];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)];
    }

    /// <summary>A PNG file with an eXIf chunk after its header.</summary>
    public static byte[] PngWithExif(byte[] png, byte[] exif)
    {
        const int Header = 8 + 25;
        return [.. png.AsSpan(0, Header), .. Chunk("eXIf"u8, exif), .. png.AsSpan(Header)];
    }

    /// <summary>A lossy WebP file converted to the extended format, with an EXIF chunk at its end that contains the orientation.</summary>
    public static byte[] WebpWithOrientation(byte[] webp, byte orientation)
    {
        const int Chunks = 12,
            Width = 26,
            Height = 28;
        const byte HasExif = 8;
        Assert.Equal("VP8 "u8, webp.AsSpan(Chunks, 4));
        byte[] exif = Exif(orientation);
        // The format stores sides minus one; these fit into one byte.
        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, HasExif, 0, 0, 0, (byte)(webp[Width] - 1), 0, 0, (byte)(webp[Height] - 1), 0, 0];
        byte[] file = [.. webp.AsSpan(0, Chunks), .. header, .. webp.AsSpan(Chunks), .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;
    }

    /// <summary>An EXIF block that contains the orientation: TIFF, big-endian, one directory of one entry, tag 0x0112, a short.</summary>
    public static byte[] Exif(byte orientation) =>
        [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }
}
