using System.Numerics;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>The bits of magnitudes at one quality, sign included: −log2 of the prior's probabilities. Immutable.</summary>
/// <remarks>
/// Floats, used only for the encoder's choices: nothing here influences a probability. The bits of a scale and magnitude in all states are
/// adjacent, <see cref="Lanes"/> floats, so that a search loads them as one vector; lanes without a state hold infinity.
/// </remarks>
internal sealed class RateTable
{
    /// <summary>Floats for each scale and magnitude, one a state.</summary>
    public const int Lanes = Trellis.MaxStates;

    /// <summary>Number of tabulated magnitudes; a larger one costs as much as the last, plus the additional bits of its escape.</summary>
    private const int Tabulated = 64;

    private readonly float[] _bits;
    private readonly int _decisions;

    /// <summary>Tabulates a quality.</summary>
    public RateTable(Prior prior, int quality)
    {
        PriorTables tables = prior.Tables;
        _decisions = tables.Decisions;
        _bits = new float[tables.Scales * Tabulated * Lanes];
        Array.Fill(_bits, float.PositiveInfinity);
        for (int scale = 0; scale < tables.Scales; scale++)
        {
            for (int state = 0; state < tables.Trellis.States; state++)
                Fill(prior.Row(tables.Qualities[quality], state, scale), _bits.AsSpan(scale * Tabulated * Lanes + state));
        }
    }

    /// <summary>
    /// The bits of a magnitude in every state, <see cref="Lanes"/> floats, to which the caller adds <see cref="Excess"/>.
    /// </summary>
    public ReadOnlySpan<float> Bits(int scale, int magnitude) =>
        _bits.AsSpan((scale * Tabulated + Math.Min(magnitude, Tabulated - 1)) * Lanes, Lanes);

    /// <summary>The bits of a magnitude past the tabulated ones minus the bits of the last; 0 for a tabulated one.</summary>
    public int Excess(int magnitude) =>
        magnitude < Tabulated ? 0 : EscapeBits(magnitude - _decisions) - EscapeBits(Tabulated - 1 - _decisions);

    private static void Fill(ReadOnlySpan<ushort> row, Span<float> bits)
    {
        double reached = 0;
        for (int m = 0; m < Tabulated; m++)
        {
            double stop = m < row.Length ? -Math.Log2(1 - row[m] / 65536.0) : EscapeBits(m - row.Length);
            bits[m * Lanes] = (float)(reached + stop + (m > 0 ? 1 : 0));
            if (m < row.Length)
                reached -= Math.Log2(row[m] / 65536.0);
        }
    }

    private static int EscapeBits(int rest) => rest < 0 ? 0 : 2 * BitOperations.Log2((uint)rest + 1) + 1;
}
