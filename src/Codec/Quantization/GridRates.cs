using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// The bits of a grid quality's magnitudes, extents and transforms, from the prior's probabilities before they adapt to an image. Floats,
/// used only for the encoder's choices. Immutable.
/// </summary>
internal sealed class GridRates
{
    private readonly float[] _extents;
    private readonly int _extentCount;
    private readonly float[] _transforms;
    private readonly int _transformCount;

    /// <summary>Tabulates a quality.</summary>
    public GridRates(Prior prior, int quality)
    {
        Magnitudes = new RateTable(prior, quality);
        GridTables tables = prior.Tables.Qualities[quality].Grid!;
        BlockShape shape = prior.ShapeOf(quality);
        _extentCount = shape.Groups + 1;
        _extents = Tabulate(tables.Extents, shape.ExtentBits, _extentCount);
        _transformCount = prior.Tables.Grid!.Transforms;
        _transforms = Tabulate(tables.Transforms, Prior.TreeBits(_transformCount - 1), _transformCount);
    }

    /// <summary>Bits of magnitudes.</summary>
    public RateTable Magnitudes { get; }

    /// <summary>Bits of each extent in a context.</summary>
    public ReadOnlySpan<float> Extents(int context) => _extents.AsSpan(context * _extentCount, _extentCount);

    /// <summary>Bits of each transform in a context.</summary>
    public ReadOnlySpan<float> Transforms(int context) => _transforms.AsSpan(context * _transformCount, _transformCount);

    /// <summary>[contexts, numbers]: bits of the numbers from 0 on in every context's tree.</summary>
    private static float[] Tabulate(ReadOnlySpan<ushort> trees, int bits, int numbers)
    {
        int contexts = trees.Length >> bits;
        var table = new float[contexts * numbers];
        for (int i = 0; i < table.Length; i++)
            table[i] = Bits(trees.Slice(i / numbers << bits, 1 << bits), bits, i % numbers);
        return table;
    }

    private static float Bits(ReadOnlySpan<ushort> nodes, int bits, int number)
    {
        double sum = 0;
        int node = 1;
        for (int bit = bits - 1; bit >= 0; bit--)
        {
            int one = number >> bit & 1;
            double probability = nodes[node] / 65536.0;
            sum -= Math.Log2(one != 0 ? probability : 1 - probability);
            node = 2 * node + one;
        }

        return (float)sum;
    }
}
