using System.Buffers.Binary;
using System.Text;
using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>Makes WebP files chunk by chunk.</summary>
internal static class TestWebps
{
    private const int ChunksStart = 12;
    private const byte HasExif = 8;
    private const byte HasAnimation = 2;

    /// <summary>Puts a lossy file into the extended format, with an EXIF chunk at its end.</summary>
    public static byte[] WithExif(byte[] webp, byte[] exif, bool flagged = true)
    {
        const int Width = 26,
            Height = 28;
        Assert.Equal("VP8 "u8, webp.AsSpan(ChunksStart, 4));
        // These sides fit into one byte.
        return File(Extended(flagged ? HasExif : (byte)0, webp[Width], webp[Height]), webp[ChunksStart..], Chunk("EXIF", exif));
    }

    /// <summary>An animation of pictures of one size, which are shown one after the other at half the canvas's width.</summary>
    public static byte[] Animation(int width, int height, params Raster[] pictures)
    {
        byte[] header = Extended(HasAnimation, width, height);
        return File([
            header,
            Chunk("ANIM", new byte[6]),
            .. pictures.Select(picture =>
                Chunk(
                    "ANMF",
                    [
                        .. Three(width / 4), // In units of two pixels.
                        .. Three(0),
                        .. Three(picture.Width - 1),
                        .. Three(picture.Height - 1),
                        .. Three(100),
                        0,
                        .. ImageFile.EncodeWebp(picture, 95).AsSpan(ChunksStart),
                    ]
                )
            ),
        ]);
    }

    private static byte[] Extended(byte flags, int width, int height) =>
        Chunk("VP8X", [flags, 0, 0, 0, .. Three(width - 1), .. Three(height - 1)]);

    private static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];

    private static byte[] Chunk(string type, byte[] data)
    {
        var chunk = new byte[8 + data.Length + data.Length % 2];
        Encoding.ASCII.GetBytes(type, chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), data.Length);
        data.CopyTo(chunk.AsSpan(8));
        return chunk;
    }

    private static byte[] File(params byte[][] chunks)
    {
        byte[] file = [.. "RIFF\0\0\0\0WEBP"u8, .. TestImages.Join(chunks)];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;
    }
}
