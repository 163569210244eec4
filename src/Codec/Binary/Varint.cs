namespace Codec.Binary;

/// <summary>
/// Writes and reads numbers of up to 14 bits, low bits first: one byte below 128, otherwise exactly two (docs/format.md).
/// </summary>
internal static class Varint
{
    /// <summary>Largest number.</summary>
    public const int Max = (1 << 14) - 1;

    /// <summary>Bytes of a number: 1 or 2.</summary>
    public static int Length(int value) => value < 0x80 ? 1 : 2;

    /// <summary>Writes a number.</summary>
    /// <param name="value">0 to <see cref="Max"/>.</param>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(int value, Span<byte> destination)
    {
        if (value < 0x80)
        {
            destination[0] = (byte)value;
            return 1;
        }

        destination[0] = (byte)(value & 0x7F | 0x80);
        destination[1] = (byte)(value >> 7);
        return 2;
    }

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">The number, and anything after it.</param>
    /// <param name="value">The number.</param>
    /// <returns>Bytes that it took; 0 where it is cut off, longer than two bytes, or written with more bytes than it needs.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out int value)
    {
        value = bytes.IsEmpty ? 0 : bytes[0];
        if (value < 0x80)
            return bytes.IsEmpty ? 0 : 1;
        if (bytes.Length < 2 || bytes[1] is 0 or >= 0x80)
            return 0;
        value = value & 0x7F | bytes[1] << 7;
        return 2;
    }
}
