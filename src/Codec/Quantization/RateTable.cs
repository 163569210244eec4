using System.Numerics;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>What a magnitude costs in bits, sign included, by quantizer and scale: −log2 of the prior's own probabilities.</summary>
/// <remarks>Floats, and for the encoder's choices only: nothing here reaches a probability.</remarks>
internal sealed class RateTable
{
    /// <summary>Magnitudes tabulated; <see cref="Bits"/> continues from the last one by the length of the escape.</summary>
    private const int Tabulated = 64;

    private readonly float[] _bits;
    private readonly int _scales;
    private readonly int _decisions;

    public RateTable(Prior prior)
    {
        PriorTables tables = prior.Tables;
        _scales = tables.Scales;
        _decisions = tables.Decisions;
        _bits = new float[tables.Trellis.Quantizers * tables.Scales * Tabulated];
        for (int quantizer = 0; quantizer < tables.Trellis.Quantizers; quantizer++)
        {
            for (int scale = 0; scale < tables.Scales; scale++)
                Fill(prior.Row(quantizer, scale), _bits.AsSpan((quantizer * tables.Scales + scale) * Tabulated, Tabulated));
        }
    }

    /// <summary>Bits of a magnitude.</summary>
    public float Bits(int quantizer, int scale, int magnitude)
    {
        int row = (quantizer * _scales + scale) * Tabulated;
        if (magnitude < Tabulated) return _bits[row + magnitude];
        return _bits[row + Tabulated - 1] + EscapeBits(magnitude - _decisions) - EscapeBits(Tabulated - 1 - _decisions);
    }

    private static void Fill(ReadOnlySpan<ushort> row, Span<float> bits)
    {
        double reached = 0;
        for (int m = 0; m < bits.Length; m++)
        {
            double stop = m < row.Length ? -Math.Log2(1 - row[m] / 65536.0) : EscapeBits(m - row.Length);
            bits[m] = (float)(reached + stop + (m > 0 ? 1 : 0));
            if (m < row.Length) reached -= Math.Log2(row[m] / 65536.0);
        }
    }

    private static int EscapeBits(int rest) => rest < 0 ? 0 : 2 * BitOperations.Log2((uint)rest + 1) + 1;
}
