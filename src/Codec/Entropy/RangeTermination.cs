namespace Codec.Entropy;

/// <summary>The rule by which a code ends, shared by encoder and decoder (docs/format.md, Termination).</summary>
internal static class RangeTermination
{
    /// <summary>
    /// Finds the fewest bytes that pin the interval: the smallest n in 1..4 for which a block of 2^(32−8n) values, aligned to its size,
    /// lies inside [low, low + range); of several, the lowest.
    /// </summary>
    /// <param name="low">Lower end of the interval, modulo 2^32: a carry has no part in alignment.</param>
    /// <param name="range">Its size, above 0.</param>
    /// <param name="tail">The block's first value modulo 2^32; its top n bytes are the end of the code.</param>
    /// <returns>n. After renormalisation it is 1 or 2, since 2^24 values always hold an aligned block of 2^16.</returns>
    public static int Find(uint low, uint range, out uint tail)
    {
        for (int bytes = 1; bytes < 4; bytes++)
        {
            ulong block = 1ul << (32 - 8 * bytes);
            ulong first = (low + block - 1) & ~(block - 1);
            if (first + block <= (ulong)low + range)
            {
                tail = (uint)first;
                return bytes;
            }
        }

        tail = low;
        return 4;
    }
}
