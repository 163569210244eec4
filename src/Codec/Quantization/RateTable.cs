using System.Numerics;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>What a symbol costs in bits, by scale and magnitude, sign included: −log2 of the prior's own probabilities.</summary>
/// <remarks>Floats, and for the encoder's choices only: nothing here reaches a probability.</remarks>
internal sealed class RateTable
{
    /// <summary>Magnitudes tabulated; larger ones cost <see cref="Bits"/> the same as the formula, computed when asked for.</summary>
    private const int Tabulated = 64;

    private readonly float[] _bits;
    private readonly int _decisions;

    public RateTable(Prior prior)
    {
        PriorTables tables = prior.Tables;
        _decisions = tables.Decisions;
        _bits = new float[tables.Scales * Tabulated];
        for (int scale = 0; scale < tables.Scales; scale++)
        {
            ReadOnlySpan<ushort> row = prior.Row(scale);
            double reached = 0;
            for (int m = 0; m < Tabulated; m++)
            {
                double stop = m < row.Length ? -Math.Log2(1 - row[m] / 65536.0) : EscapeBits(m - row.Length);
                _bits[scale * Tabulated + m] = (float)(reached + stop + (m > 0 ? 1 : 0));
                if (m < row.Length) reached += -Math.Log2(row[m] / 65536.0);
            }
        }
    }

    /// <summary>Bits of a magnitude at a scale.</summary>
    public float Bits(int scale, int magnitude)
    {
        if (magnitude < Tabulated) return _bits[scale * Tabulated + magnitude];
        float last = _bits[scale * Tabulated + Tabulated - 1];
        return last + Math.Max(0, EscapeBits(magnitude - _decisions) - EscapeBits(Tabulated - 1 - _decisions));
    }

    private static int EscapeBits(int rest) => rest < 0 ? 0 : 2 * BitOperations.Log2((uint)rest + 1) + 1;
}
