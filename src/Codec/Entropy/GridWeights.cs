namespace Codec.Entropy;

/// <summary>
/// The weights of a quality within a block, in rows of whole vectors: what lies before a latent, or behind the coded ones, has the weight
/// 0.
/// </summary>
internal sealed class GridWeights
{
    /// <summary>Rows begin and end at multiples of so many weights.</summary>
    public const int Align = 16;

    /// <summary>Lays out the weights of a quality of a grid.</summary>
    public GridWeights(PriorQuality quality)
    {
        Stride = (quality.Coded + Align - 1) / Align * Align;
        Whole = LayOut(quality.Weights, quality.Coded);
        Divided = LayOut(quality.Grid!.Divided, quality.Coded);
    }

    /// <summary>Weights from a row to the next.</summary>
    public int Stride { get; }

    /// <summary>[coded, stride] in blocks of the first transform; empty where a quality has none.</summary>
    public sbyte[] Whole { get; }

    /// <summary>[coded, stride] in blocks of any other.</summary>
    public sbyte[] Divided { get; }

    private sbyte[] LayOut(sbyte[] triangle, int coded)
    {
        if (triangle.Length == 0)
            return [];
        var rows = new sbyte[coded * Stride];
        for (int j = 0; j < coded; j++)
            Prior.WeightsBehind(triangle, coded, j).CopyTo(rows.AsSpan(j * Stride + j + 1));
        return rows;
    }
}
