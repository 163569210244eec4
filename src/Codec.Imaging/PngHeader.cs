namespace Codec.Imaging;

/// <summary>The IHDR chunk of a PNG file.</summary>
/// <param name="IsGrey">Whether the pixels have one sample of brightness.</param>
internal readonly record struct PngHeader(bool IsGrey)
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
        return new PngHeader(colorType is 0 or 4);
    }

    private static void CheckMethod(string name, byte value, byte max)
    {
        if (value > max)
            throw new InvalidImageException($"The PNG file declares {name} method {value}; PNG has {(max == 0 ? "0" : $"0 to {max}")}.");
    }
}
