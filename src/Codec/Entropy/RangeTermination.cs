namespace Codec.Entropy;

/// <summary>The rule that ends a code, for encoder and decoder (docs/format.md, Termination).</summary>
internal static class RangeTermination
{
    /// <summary>
    /// Finds the fewest bytes that identify the interval, whatever bytes follow: the smallest n in 1..4 for which a block of 2^(32−8n)
    /// values, aligned to its size, lies inside [low, low + range). Of several such blocks it chooses the lowest.
    /// </summary>
    /// <param name="low">Lower end of the interval, modulo 2^32; alignment does not depend on a carry.</param>
    /// <param name="range">The interval's size, above 0.</param>
    /// <param name="tail">The block's first value modulo 2^32; its top n bytes end the code.</param>
    /// <returns>n. After renormalization it is 1 or 2, since any 2^24 consecutive values contain an aligned block of 2^16.</returns>
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
