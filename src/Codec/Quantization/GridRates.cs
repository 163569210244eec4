using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>What a quality's symbols and extents cost in bits, by the prior's own probabilities. Floats, for the encoder's choices only.</summary>
internal sealed class GridRates
{
    private readonly float[] _extents;
    private readonly int _count;

    public GridRates(Prior prior, int quality)
    {
        Magnitudes = new RateTable(prior, quality);
        PriorQuality tables = prior.Tables.Qualities[quality];
        int groups = Prior.Groups(tables.Coded), bits = Prior.ExtentBits(groups);
        _count = groups + 1;
        _extents = new float[_count * _count];
        for (int context = 0; context < _count; context++)
        {
            ReadOnlySpan<ushort> nodes = tables.Grid!.Extents.AsSpan(context << bits, 1 << bits);
            for (int extent = 0; extent < _count; extent++) _extents[context * _count + extent] = Bits(nodes, bits, extent);
        }
    }

    /// <summary>Bits of magnitudes.</summary>
    public RateTable Magnitudes { get; }

    /// <summary>Bits of each extent in a context.</summary>
    public ReadOnlySpan<float> Extents(int context) => _extents.AsSpan(context * _count, _count);

    private static float Bits(ReadOnlySpan<ushort> nodes, int bits, int extent)
    {
        double sum = 0;
        int node = 1;
        for (int bit = bits - 1; bit >= 0; bit--)
        {
            int one = extent >> bit & 1;
            double probability = nodes[node] / 65536.0;
            sum -= Math.Log2(one != 0 ? probability : 1 - probability);
            node = 2 * node + one;
        }

        return (float)sum;
    }
}
