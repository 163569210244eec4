using System.Runtime.Intrinsics;

namespace Codec.Entropy;

/// <summary>The accumulators of one code as its symbols become known, in the order of the latents.</summary>
/// <remarks>Integer sums are the same in any order and width, so the vector path needs no twin: its tail is the plain loop.</remarks>
internal readonly ref struct ContextState
{
    private readonly Prior _prior;
    private readonly int _quality;
    private readonly Span<int> _accumulators;

    /// <summary>Begins a code.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="accumulators">Scratch of at least the quality's coded latents; overwritten.</param>
    public ContextState(Prior prior, int quality, Span<int> accumulators)
    {
        _prior = prior;
        _quality = quality;
        int[] biases = prior.Tables.Qualities[quality].Biases;
        biases.CopyTo(accumulators);
        _accumulators = accumulators[..biases.Length];
    }

    /// <summary>The scale of latent <paramref name="i"/>, given the symbols before it.</summary>
    public int Scale(int i) => _prior.ScaleOf(_accumulators[i]);

    /// <summary>Takes note of a non-zero symbol.</summary>
    /// <param name="i">Its latent.</param>
    /// <param name="magnitude">Its magnitude, 1 or more.</param>
    public void Observe(int i, int magnitude)
    {
        byte[] activations = _prior.Tables.Activations;
        int activation = activations[Math.Min(magnitude, activations.Length) - 1];
        Span<int> behind = _accumulators[(i + 1)..];
        ReadOnlySpan<sbyte> weights = _prior.WeightsBehind(_quality, i);
        if (weights.IsEmpty) return;
        int k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Lane l of 16 holds latent i + 1 + k + l; the rest, fewer than 16, is left to the plain loop below.
            for (; k <= behind.Length - Vector128<sbyte>.Count; k += Vector128<sbyte>.Count)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Create(weights[k..]));
                Span<int> lanes = behind[k..];
                Add(Vector256.Create(low, high), activation, lanes);
            }
        }

        for (; k < behind.Length; k++) behind[k] += activation * weights[k];
    }

    private static void Add(Vector256<short> weights, int activation, Span<int> lanes)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(weights);
        (Vector256.Create<int>(lanes) + low * activation).CopyTo(lanes);
        Span<int> upper = lanes[Vector256<int>.Count..];
        (Vector256.Create<int>(upper) + high * activation).CopyTo(upper);
    }
}
