using System.Buffers;

namespace Codec.Binary;

/// <summary>
/// Writes and reads numbers of up to 64 bits, seven bits a byte, low bits first, the high bit set in all bytes but the last (LEB128;
/// docs/format.md).
/// </summary>
internal static class WideVarint
{
    private const int MaxBytes = 10;

    /// <summary>Writes a number with as few bytes as it needs.</summary>
    public static void Write(ulong value, ArrayBufferWriter<byte> destination)
    {
        Span<byte> bytes = destination.GetSpan(MaxBytes);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        destination.Advance(length);
    }

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">The number, and anything after it.</param>
    /// <param name="value">The number.</param>
    /// <returns>Bytes that it took; 0 where it is cut off, above 64 bits, or written with more bytes than it needs.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(bytes.Length, MaxBytes); i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;

            // A last byte of 0 is redundant; the tenth byte holds only the last of the 64 bits.
            bool valid = (i == 0 || bytes[i] != 0) && (i < MaxBytes - 1 || bytes[i] == 1);
            return valid ? i + 1 : 0;
        }

        return 0;
    }
}
