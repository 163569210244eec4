using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>Counts the extents, transforms and signs of the blocks of a grid model, from zero.</summary>
/// <param name="rule">The grid's rule.</param>
/// <param name="shape">Which latents of a block are coded.</param>
internal sealed class GridCounts(GridRule rule, BlockShape shape)
{
    /// <summary>[contexts, extents].</summary>
    public long[] Extents { get; } = new long[(shape.Groups + 1) * (shape.Groups + 1)];

    /// <summary>[contexts, transforms], over the blocks whose extent is not 0.</summary>
    public long[] Transforms { get; } = new long[rule.Transforms * rule.Transforms * rule.Transforms];

    /// <summary>[reach − predicted, certainties, 2]: signs that were not, and that were, the predicted ones.</summary>
    public long[] Signs { get; } = new long[2 * (rule.Reach - rule.Predicted) * Prior.Certainties];

    /// <summary>Counts the extent and transform of the context's current block.</summary>
    public void Add(GridContext context, int extent, int transform)
    {
        Extents[context.ExtentContext * (shape.Groups + 1) + extent]++;
        if (extent > 0)
            Transforms[context.TransformContext * rule.Transforms + transform]++;
    }

    /// <summary>Counts the sign of a latent of the context's current block, if that sign is predicted.</summary>
    public void AddSign(GridContext context, int latent, bool negative)
    {
        if (latent < rule.Predicted || latent >= rule.Reach)
            return;
        bool asPredicted = context.PredictNegative(latent, out int certainty) == negative;
        Signs[2 * ((latent - rule.Predicted) * Prior.Certainties + certainty) + (asPredicted ? 1 : 0)]++;
    }

    /// <summary>Adds other counts.</summary>
    public void Merge(GridCounts other)
    {
        SymbolTally.Add(Extents, other.Extents);
        SymbolTally.Add(Transforms, other.Transforms);
        SymbolTally.Add(Signs, other.Signs);
    }
}
