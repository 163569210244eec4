using Codec.Binary;
using Codec.Errors;
using Codec.Images;

namespace Codec.Models;

/// <summary>Writes and reads the header of a grid model's code: the image's width and height (docs/format.md, Code).</summary>
internal static class SizeHeader
{
    /// <summary>Largest header in bytes.</summary>
    public const int MaxBytes = 4;

    /// <summary>Writes a header.</summary>
    /// <param name="size">Both sides 1 to <see cref="ModelLimits.MaxImageSide"/>.</param>
    /// <param name="destination">At least <see cref="MaxBytes"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(ImageSize size, Span<byte> destination)
    {
        int length = Varint.Write(size.Width, destination);
        return length + Varint.Write(size.Height, destination[length..]);
    }

    /// <summary>Reads a header.</summary>
    /// <param name="code">The code, and anything after it.</param>
    /// <param name="length">Length of the header in bytes: 2 to 4.</param>
    /// <exception cref="InvalidCodeException">
    /// The header is cut off, or a side is malformed or outside 1..<see cref="ModelLimits.MaxImageSide"/>.
    /// </exception>
    public static ImageSize Read(ReadOnlySpan<byte> code, out int length)
    {
        int width = ReadSide(code, 0, "width", out length);
        int height = ReadSide(code, length, "height", out int end);
        length = end;
        return new ImageSize(width, height);
    }

    private static int ReadSide(ReadOnlySpan<byte> code, int offset, string field, out int end)
    {
        int length = Varint.Read(code[offset..], out int side);
        if (length == 0)
        {
            throw new InvalidCodeException(
                field,
                offset,
                "it takes one byte below 128, otherwise exactly two; the code is cut off or damaged."
            );
        }
        if (side is < 1 or > ModelLimits.MaxImageSide)
            throw new InvalidCodeException(field, offset, $"{side} is outside 1..{ModelLimits.MaxImageSide}; the code is damaged.");
        end = offset + length;
        return side;
    }
}
