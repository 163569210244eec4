using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// What a quality's symbols and extents cost in bits, by the prior's own probabilities. Floats, for the encoder's choices only.
/// </summary>
internal sealed class GridRates
{
    private readonly float[] _extents;
    private readonly int _count;
    private readonly float[] _transforms;
    private readonly int _transformCount;

    public GridRates(Prior prior, int quality)
    {
        Magnitudes = new RateTable(prior, quality);
        PriorQuality tables = prior.Tables.Qualities[quality];
        int groups = Prior.Groups(tables.Coded),
            bits = Prior.ExtentBits(groups);
        _count = groups + 1;
        _extents = Tabulate(tables.Grid!.Extents, bits, _count);
        _transformCount = prior.Tables.Grid!.Transforms;
        _transforms = Tabulate(tables.Grid.Transforms, Prior.TransformBits(_transformCount), _transformCount);
    }

    /// <summary>Bits of magnitudes.</summary>
    public RateTable Magnitudes { get; }

    /// <summary>Bits of each extent in a context.</summary>
    public ReadOnlySpan<float> Extents(int context) => _extents.AsSpan(context * _count, _count);

    /// <summary>Bits of each transform in a context.</summary>
    public ReadOnlySpan<float> Transforms(int context) => _transforms.AsSpan(context * _transformCount, _transformCount);

    /// <summary>Bits of each of the first numbers under every context's tree.</summary>
    private static float[] Tabulate(ReadOnlySpan<ushort> trees, int bits, int numbers)
    {
        int contexts = trees.Length >> bits;
        var table = new float[contexts * numbers];
        for (int i = 0; i < table.Length; i++)
            table[i] = Bits(trees.Slice(i / numbers << bits, 1 << bits), bits, i % numbers);
        return table;
    }

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
