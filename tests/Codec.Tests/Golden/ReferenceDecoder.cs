using System.Numerics;
using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// Decodes codes exactly as docs/format.md, "Code", describes: slowly, with unbounded integers. It shares only the tables with the product.
/// </summary>
internal sealed class ReferenceDecoder(PriorTables prior, byte[] bytes)
{
    private readonly ReferenceRange _range = new(bytes);

    /// <summary>Decodes the symbols and the length of the code; null where format.md calls the code damaged.</summary>
    public (short[] Symbols, int Length)? Decode(int q)
    {
        PriorQuality quality = prior.Qualities[q];
        var s = new short[prior.Latents];
        if (!_range.Begins)
            return null;
        int state = 0;
        for (int i = 0; i < quality.Coded; i++)
        {
            BigInteger a = quality.Biases[i];
            int w = 0;
            for (int j = 0; j < quality.Coded && quality.Weights.Length > 0; j++)
            {
                for (int k = j + 1; k < quality.Coded; k++, w++)
                {
                    if (k == i && s[j] != 0)
                        a += prior.Activations[Math.Min(Math.Abs((int)s[j]), prior.Activations.Length) - 1] * quality.Weights[w];
                }
            }

            int scale = (int)BigInteger.Max(0, BigInteger.Min(prior.Scales - 1, a >> prior.Shift));
            int row = (state * prior.Scales + scale) * prior.Decisions;
            int m = 0;
            while (m < prior.Decisions && _range.Decide(quality.Continue[row + m]))
                m++;
            if (m == prior.Decisions)
            {
                if (_range.Escape() is not { } rest)
                    return null;
                m += rest;
                if (m > 32767)
                    return null;
            }

            s[i] = (short)(
                m == 0 ? 0
                : _range.Decide(32768) ? -m
                : m
            );
            state = prior.Trellis.Next(state, m % 2);
        }

        return _range.Finish() is { } length ? (s, length) : null;
    }
}
