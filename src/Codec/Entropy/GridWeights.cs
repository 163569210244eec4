namespace Codec.Entropy;

/// <summary>
/// A quality's weights within a block, laid out as rows of whole vectors. Row j holds the weights of latent j; its weights on the latents
/// up to j, and on those past the last coded one, are 0.
/// </summary>
internal sealed class GridWeights
{
    /// <summary>The length of a row is a multiple of this, so that a row can be read in whole vectors.</summary>
    public const int Align = 16;

    /// <summary>Lays out the weights of a quality of a grid.</summary>
    public GridWeights(PriorQuality quality)
    {
        Stride = (quality.Coded + Align - 1) / Align * Align;
        Whole = LayOut(quality.Weights, quality.Coded);
        Divided = LayOut(quality.Grid!.Divided, quality.Coded);
    }

    /// <summary>Length of a row: the distance in weights from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>[coded, stride]: weights in blocks of transform 0; empty if the quality has none.</summary>
    public sbyte[] Whole { get; }

    /// <summary>[coded, stride]: weights in blocks of any other transform; empty if the quality has none.</summary>
    public sbyte[] Divided { get; }

    private sbyte[] LayOut(sbyte[] triangle, int coded)
    {
        if (triangle.Length == 0)
            return [];
        var rows = new sbyte[coded * Stride];
        for (int j = 0; j < coded; j++)
            Prior.WeightsAfter(triangle, coded, j).CopyTo(rows.AsSpan(j * Stride + j + 1));
        return rows;
    }
}
