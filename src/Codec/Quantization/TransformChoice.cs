using System.Runtime.Intrinsics;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// Tells which of a block's transforms promise the fewest bits at one step, by the sum of log₂(1 + (latent / (½Δ))²): twice the bits of a
/// latent's
/// magnitude where it is large, and next to nothing where it will be zero.
/// </summary>
/// <remarks>It does not ask the prior, so that a prior can be trained on what is chosen. Immutable.</remarks>
internal sealed class TransformChoice
{
    /// <summary>What any transform but the first must save.</summary>
    private const float Threshold = 6;

    /// <summary>Where a latent begins to count, in steps.</summary>
    private const float Knee = 0.5f;

    // So many factors are multiplied before a logarithm is taken: with bounded latents their product stays a float.
    private const int Factors = 4;
    private const float MaxRatio = 1 << 15;

    private readonly GridRule _rule;
    private readonly int _coded;
    private readonly float _perKnee;

    /// <summary>Describes a quality.</summary>
    /// <param name="rule">The transforms.</param>
    /// <param name="coded">C.</param>
    /// <param name="step">Δ.</param>
    public TransformChoice(GridRule rule, int coded, float step)
    {
        (_rule, _coded) = (rule, coded);
        _perKnee = 1 / (Knee * step);
    }

    /// <summary>Chooses the most promising transform.</summary>
    /// <param name="graph">The block's latents of all transforms, as the encoder's graph gives them.</param>
    /// <param name="latents">Those of the transform, [K]; overwritten.</param>
    /// <returns>The transform.</returns>
    public int Choose(ReadOnlySpan<float> graph, Span<float> latents)
    {
        Span<int> first = stackalloc int[1];
        Rank(graph, latents, first);
        Take(graph, first[0], latents);
        return first[0];
    }

    /// <summary>Finds the most promising transforms.</summary>
    /// <param name="graph">As <see cref="Choose"/> takes it.</param>
    /// <param name="scratch">[K], of any content.</param>
    /// <param name="ranked">So many transforms, the most promising first; overwritten. At most M.</param>
    public void Rank(ReadOnlySpan<float> graph, Span<float> scratch, Span<int> ranked)
    {
        // Predicted latents are the same in every transform.
        Span<float> compared = scratch[_rule.Predicted.._coded];
        Span<float> costs = stackalloc float[_rule.Transforms];
        Span<int> transforms = stackalloc int[_rule.Transforms];
        for (int transform = 0; transform < _rule.Transforms; transform++)
        {
            Take(graph, _rule.Places(transform)[_rule.Predicted..], compared);
            costs[transform] = Cost(compared) + (transform == 0 ? 0 : Threshold);
            transforms[transform] = transform;
        }

        costs.Sort(transforms);
        transforms[..ranked.Length].CopyTo(ranked);
    }

    /// <summary>Takes a transform's latents out of those of all.</summary>
    public void Take(ReadOnlySpan<float> graph, int transform, Span<float> latents) => Take(graph, _rule.Places(transform), latents);

    private static void Take(ReadOnlySpan<float> graph, ReadOnlySpan<ushort> places, Span<float> latents)
    {
        for (int i = 0; i < latents.Length; i++)
            latents[i] = graph[places[i]];
    }

    private float Cost(ReadOnlySpan<float> latents)
    {
        Vector256<float> one = Vector256<float>.One,
            perKnee = Vector256.Create(_perKnee),
            most = Vector256.Create(MaxRatio);
        Vector256<float> sum = default,
            product = one;
        int factors = 0,
            i = 0;
        for (; i <= latents.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> ratio = Vector256.Min(Vector256.Abs(Vector256.Create(latents[i..]) * perKnee), most);
            product *= one + ratio * ratio;
            if (++factors < Factors)
                continue;
            sum += Vector256.Log2(product);
            (product, factors) = (one, 0);
        }

        float rest = 1;
        for (; i < latents.Length; i++)
        {
            float ratio = Math.Min(Math.Abs(latents[i] * _perKnee), MaxRatio);
            rest = Math.Min(rest * (1 + ratio * ratio), float.MaxValue);
        }

        return Vector256.Sum(sum + Vector256.Log2(product)) + MathF.Log2(rest);
    }
}
