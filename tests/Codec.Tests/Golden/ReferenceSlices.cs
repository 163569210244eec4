using System.Numerics;
using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>Decodes payloads exactly as docs/format.md, "Slices", describes.</summary>
internal static class ReferenceSlices
{
    /// <summary>The slices of an image: n.</summary>
    public static int Count(int width, int height, int rows, int pixels, int least)
    {
        if ((BigInteger)width * height <= pixels)
            return 1;
        int n = 1;
        while (2 * (n / 2 + 1) * least <= rows)
            n = 2 * (n / 2 + 1);
        return n;
    }

    /// <summary>Decodes a payload of n slices: the symbols of all blocks, and its length; null where format.md calls it damaged.</summary>
    public static (short[][] Symbols, int Length)? Decode(PriorTables prior, int quality, int rows, int columns, int n, byte[] payload)
    {
        int at = 0;
        var lengths = new List<BigInteger>();
        for (int i = 0; i < n - 1; i++)
        {
            if (Number(payload, ref at) is not { } length || length < 1 || length > (1 << 26) - 4096)
                return null;
            lengths.Add(length);
        }

        var symbols = new List<short[]>();
        for (int i = 0; i < n; i++)
        {
            int available = payload.Length - at;
            if (i < n - 1 && lengths[i] > available)
                return null;
            int length = i < n - 1 ? (int)lengths[i] : available,
                first = (int)Math.Floor((double)i * rows / n),
                end = (int)Math.Floor((double)(i + 1) * rows / n);
            if (new ReferenceGridDecoder(prior, quality, columns, payload[at..(at + length)]).Decode(end - first) is not { } slice)
                return null;
            if (i < n - 1 && slice.Length != length)
                return null;
            symbols.AddRange(slice.Symbols);
            at += slice.Length;
        }

        return ([.. symbols], at);
    }

    /// <summary>A number, as "Info block" of format.md has it.</summary>
    private static BigInteger? Number(byte[] bytes, ref int at)
    {
        BigInteger value = 0;
        for (int i = 0; at < bytes.Length; i++)
        {
            byte next = bytes[at++];
            value += (BigInteger)(next % 128) << (7 * i);
            if (next >= 128)
                continue;
            return (next == 0 && i > 0) || value >= BigInteger.Pow(2, 64) ? null : value;
        }

        return null;
    }
}
