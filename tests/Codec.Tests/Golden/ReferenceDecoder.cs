using System.Numerics;
using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// docs/format.md, "Code", word for word: slow, plain, in numbers without bounds, and sharing nothing with the product but the tables.
/// </summary>
internal sealed class ReferenceDecoder(PriorTables prior, byte[] bytes)
{
    private static readonly BigInteger Two32 = BigInteger.Pow(2, 32);

    private BigInteger _low = 0, _range = Two32 - 1, _offset;
    private int _taken;

    /// <summary>The symbols and the length of the code, or null where the text calls the code damaged.</summary>
    public (short[] Symbols, int Length)? Decode(int q)
    {
        PriorQuality quality = prior.Qualities[q];
        var s = new short[prior.Latents];
        for (int i = 0; i < 4; i++) _offset = _offset * 256 + NextByte();
        if (_offset == Two32 - 1) return null;
        int state = 0;
        for (int i = 0; i < quality.Coded; i++)
        {
            BigInteger a = quality.Biases[i];
            int w = 0;
            for (int j = 0; j < quality.Coded && quality.Weights.Length > 0; j++)
            {
                for (int k = j + 1; k < quality.Coded; k++, w++)
                {
                    if (k == i && s[j] != 0) a += prior.Activations[Math.Min(Math.Abs((int)s[j]), prior.Activations.Length) - 1] * quality.Weights[w];
                }
            }

            int scale = (int)BigInteger.Max(0, BigInteger.Min(prior.Scales - 1, a >> prior.Shift));
            int row = (state * prior.Scales + scale) * prior.Decisions;
            int m = 0;
            while (m < prior.Decisions && Decide(quality.Continue[row + m])) m++;
            if (m == prior.Decisions)
            {
                int n = 0;
                while (Decide(32768))
                {
                    if (++n > 15) return null;
                }

                int r = 1;
                for (int k = 0; k < n; k++) r = 2 * r + (Decide(32768) ? 1 : 0);
                m += r - 1;
                if (m > 32767) return null;
            }

            s[i] = (short)(m == 0 ? 0 : Decide(32768) ? -m : m);
            state = prior.Trellis.Next(state, m % 2);
        }

        int bytesOfTail = 0;
        BigInteger block, first;
        do
        {
            bytesOfTail++;
            block = BigInteger.Pow(2, 32 - 8 * bytesOfTail);
            first = (_low + block - 1) / block * block;
        }
        while (bytesOfTail < 4 && first + block > _low + _range);

        int length = _taken - 4 + bytesOfTail;
        BigInteger inside = ((_low + _offset - first) % Two32 + Two32) % Two32;
        return length <= bytes.Length && inside < block ? (s, length) : null;
    }

    private bool Decide(int p)
    {
        BigInteger bound = (_range >> 16) * p;
        bool bit = _offset < bound;
        if (bit)
        {
            _range = bound;
        }
        else
        {
            _low = (_low + bound) % Two32;
            _offset -= bound;
            _range -= bound;
        }

        while (_range < BigInteger.Pow(2, 24))
        {
            _range *= 256;
            _low = _low * 256 % Two32;
            _offset = _offset * 256 + NextByte();
        }

        return bit;
    }

    private int NextByte() => _taken < bytes.Length ? bytes[_taken++] : 0 * _taken++;
}
