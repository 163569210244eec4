using System.Buffers.Binary;
using Codec.Images;

namespace Codec.Imaging;

/// <summary>The IHDR chunk of a PNG file.</summary>
/// <param name="Size">Width and height; as declared, perhaps none or too large.</param>
/// <param name="IsGrey">Whether the pixels have one sample of brightness.</param>
/// <param name="PixelBytes">Bytes of a pixel as the decoder has it in a row; palettes and fewer bits are expanded first.</param>
/// <param name="IsInterlaced">Whether the picture arrives in seven passes.</param>
internal readonly record struct PngHeader(ImageSize Size, bool IsGrey, int PixelBytes, bool IsInterlaced)
{
    private const int Length = 13;

    /// <summary>Checks the kind of the pixels; their number is checked later.</summary>
    /// <exception cref="InvalidImageException">The header is damaged or declares a kind of pixels that PNG does not have.</exception>
    public static PngHeader Read(PngChunk chunk)
    {
        if (!chunk.Is("IHDR"u8) || chunk.Data.Length != Length || !chunk.IsIntact)
            throw new InvalidImageException("The PNG file's header (IHDR) is damaged.");
        // Width and height, 32 bits each, then one byte each: bits, colour type, compression, filter, interlacing.
        ReadOnlySpan<byte> kind = chunk.Data[8..];
        (byte bits, byte colorType) = (kind[0], kind[1]);
        string? allowedBits = colorType switch
        {
            0 => "1, 2, 4, 8 or 16",
            3 => "1, 2, 4 or 8",
            2 or 4 or 6 => "8 or 16",
            _ => throw new InvalidImageException($"The PNG file declares colour type {colorType}; PNG has 0, 2, 3, 4 and 6."),
        };
        bool hasBits = bits is 8 || (bits is 16 && colorType != 3) || (bits is 1 or 2 or 4 && colorType is 0 or 3);
        if (!hasBits)
            throw new InvalidImageException($"The PNG file declares {bits} bits for colour type {colorType}, which has {allowedBits}.");
        CheckMethod("compression", kind[2], 0);
        CheckMethod("filter", kind[3], 0);
        CheckMethod("interlacing", kind[4], 1);
        var size = new ImageSize(BinaryPrimitives.ReadInt32BigEndian(chunk.Data), BinaryPrimitives.ReadInt32BigEndian(chunk.Data[4..]));
        return new PngHeader(size, colorType is 0 or 4, 4 * Math.Max(1, bits / 8), kind[4] == 1);
    }

    private static void CheckMethod(string name, byte value, byte max)
    {
        if (value > max)
            throw new InvalidImageException($"The PNG file declares {name} method {value}; PNG has {(max == 0 ? "0" : $"0 to {max}")}.");
    }
}
