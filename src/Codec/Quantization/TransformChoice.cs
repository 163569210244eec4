using System.Runtime.Intrinsics;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// Ranks a block's transforms by an estimate of their bits at one step: the sum of log₂(1 + (latent / ½Δ)²) over the latents. For a large
/// latent the term is twice the bits of its magnitude; for a latent that becomes zero it is almost nothing.
/// </summary>
/// <remarks>The estimate does not depend on the prior, so a prior can be trained on its choices. Immutable.</remarks>
internal sealed class TransformChoice
{
    /// <summary>Added to the estimate of every transform but the first, which must therefore save at least this much.</summary>
    private const float Threshold = 6;

    /// <summary>The latent, in steps, whose term is 1; much smaller ones have terms near 0.</summary>
    private const float Knee = 0.5f;

    // One logarithm is taken of a product of this many factors; with clamped ratios the product does not overflow a float.
    private const int Factors = 4;
    private const float MaxRatio = 1 << 15;

    private readonly GridRule _rule;
    private readonly LatentSteps _steps;

    /// <summary>Creates the choice at one step.</summary>
    /// <param name="rule">The grid's rule, which lists the transforms.</param>
    /// <param name="steps">The step of each coded latent; later latents are ignored.</param>
    public TransformChoice(GridRule rule, LatentSteps steps) => (_rule, _steps) = (rule, steps);

    /// <summary>Chooses the most promising transform at the neutral level.</summary>
    /// <param name="graph">The block's latents of all transforms, as the encoder's graph outputs them.</param>
    /// <param name="latents">[K]: the latents of the chosen transform; overwritten.</param>
    /// <returns>The transform.</returns>
    public int Choose(ReadOnlySpan<float> graph, Span<float> latents)
    {
        Span<int> first = stackalloc int[1];
        Rank(graph, _rule.Steps?.Neutral ?? 0, latents, first);
        Take(graph, first[0], latents);
        return first[0];
    }

    /// <summary>Finds the most promising transforms.</summary>
    /// <param name="graph">The block's latents of all transforms, as the encoder's graph outputs them.</param>
    /// <param name="level">The block's level.</param>
    /// <param name="scratch">[K]; overwritten.</param>
    /// <param name="ranked">The most promising transforms, best first, as many as it is long: at most M; overwritten.</param>
    public void Rank(ReadOnlySpan<float> graph, int level, Span<float> scratch, Span<int> ranked)
    {
        // Predicted latents are equal in every transform.
        Span<float> compared = scratch[_rule.Predicted.._steps.Coded];
        ReadOnlySpan<float> perStep = _steps.PerStep(level)[_rule.Predicted.._steps.Coded];
        Span<float> costs = stackalloc float[_rule.Transforms];
        Span<int> transforms = stackalloc int[_rule.Transforms];
        for (int transform = 0; transform < _rule.Transforms; transform++)
        {
            Take(graph, _rule.Places(transform)[_rule.Predicted..], compared);
            costs[transform] = Cost(compared, perStep) + (transform == 0 ? 0 : Threshold);
            transforms[transform] = transform;
        }

        costs.Sort(transforms);
        transforms[..ranked.Length].CopyTo(ranked);
    }

    /// <summary>Copies one transform's latents from the graph's latents of all transforms.</summary>
    public void Take(ReadOnlySpan<float> graph, int transform, Span<float> latents) => Take(graph, _rule.Places(transform), latents);

    private static void Take(ReadOnlySpan<float> graph, ReadOnlySpan<ushort> places, Span<float> latents)
    {
        for (int i = 0; i < latents.Length; i++)
            latents[i] = graph[places[i]];
    }

    private static float Cost(ReadOnlySpan<float> latents, ReadOnlySpan<float> perStep)
    {
        Vector256<float> one = Vector256<float>.One,
            perKnee = Vector256.Create(1 / Knee),
            most = Vector256.Create(MaxRatio);
        Vector256<float> sum = default,
            product = one;
        int factors = 0,
            i = 0;
        for (; i <= latents.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> ratio = Vector256.Min(
                Vector256.Abs(Vector256.Create(latents[i..]) * Vector256.Create(perStep[i..]) * perKnee),
                most
            );
            product *= one + ratio * ratio;
            if (++factors < Factors)
                continue;
            sum += Vector256.Log2(product);
            (product, factors) = (one, 0);
        }

        float rest = 1;
        for (; i < latents.Length; i++)
        {
            float ratio = Math.Min(Math.Abs(latents[i] * perStep[i] / Knee), MaxRatio);
            rest = Math.Min(rest * (1 + ratio * ratio), float.MaxValue);
        }

        return Vector256.Sum(sum + Vector256.Log2(product)) + MathF.Log2(rest);
    }
}
