namespace Codec.Entropy;

/// <summary>The accumulators of one code as its symbols become known, in the order of the latents.</summary>
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
        ReadOnlySpan<sbyte> weights = _prior.WeightsBehind(_quality, i);
        if (!weights.IsEmpty)
            WeightedRows.Add(_accumulators[(i + 1)..], weights, activation);
    }
}
