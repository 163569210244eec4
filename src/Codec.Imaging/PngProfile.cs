using System.IO.Compression;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Reads an iCCP chunk where libpng does not: it ignores RGB profiles of grey pictures, which Chrome applies.</summary>
internal static class PngProfile
{
    private const int MaxNameBytes = 79;

    /// <summary>A profile without tables has about 4 KB. One with tables has no curve that is the same for all three samples.</summary>
    private const int MaxBytes = 1 << 20;

    private const int ColorSpaceAt = 16;

    /// <summary>Returns the colour space of an RGB profile; null if it is another, too long, or damaged.</summary>
    public static SKColorSpace? ReadRgb(ReadOnlySpan<byte> data)
    {
        // Name, zero, method of compression, compressed profile.
        int name = data[..Math.Min(data.Length, MaxNameBytes + 1)].IndexOf((byte)0);
        if (name < 1 || data.Length < name + 2 || data[name + 1] != 0)
            return null;
        byte[] profile = new byte[MaxBytes];
        int length = Decompress(data[(name + 2)..], profile);
        return length > ColorSpaceAt + 4 && length < MaxBytes && profile.AsSpan(ColorSpaceAt, 4).SequenceEqual("RGB "u8)
            ? SKColorSpace.CreateIcc(profile.AsSpan(0, length))
            : null;
    }

    private static int Decompress(ReadOnlySpan<byte> compressed, byte[] to)
    {
        using var zlib = new ZLibStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
        try
        {
            return zlib.ReadAtLeast(to, to.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }
}
