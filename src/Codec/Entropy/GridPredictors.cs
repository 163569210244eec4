namespace Codec.Entropy;

/// <summary>
/// A grid's predictors, laid out two rows at a time for <see cref="WeightedRows.AddInterleaved"/>: [neighbours, pairs of rows, reach, 2].
/// Row j holds what a neighbour's symbol j adds to each prediction; a last row without a partner has zeros beside it.
/// </summary>
internal sealed class GridPredictors
{
    private readonly short[] _pairs;

    /// <summary>Lays out the predictors of a grid.</summary>
    public GridPredictors(GridRule rule)
    {
        int reach = rule.Reach;
        Symbols = EvenOf(reach);
        _pairs = new short[Prior.Neighbours * Symbols * reach];
        for (int i = 0; i < rule.Predictors.Length; i++)
        {
            (int row, int latent) = Math.DivRem(i, reach);
            (int neighbour, int symbol) = Math.DivRem(row, reach);
            _pairs[neighbour * Symbols * reach + 2 * (symbol / 2 * reach + latent) + symbol % 2] = rule.Predictors[i];
        }
    }

    /// <summary>How many symbols of a neighbour the predictors take: the reach, made even; a symbol past the reach must be zero.</summary>
    public int Symbols { get; }

    /// <summary>The reach, made even.</summary>
    public static int EvenOf(int reach) => reach + (reach & 1);

    /// <summary>The predictors from one neighbour: [pairs of rows, reach, 2].</summary>
    public ReadOnlySpan<short> From(int neighbour) =>
        _pairs.AsSpan(neighbour * _pairs.Length / Prior.Neighbours, _pairs.Length / Prior.Neighbours);
}
