namespace Codec.Entropy;

/// <summary>
/// The context of a fixed-size image's symbols: one accumulator for each coded latent, moved by the symbols before it. The grid's
/// counterpart is <see cref="GridContext"/>.
/// </summary>
internal readonly ref struct SymbolContext
{
    private readonly Prior _prior;
    private readonly int _quality;
    private readonly Span<int> _accumulators;

    /// <summary>Creates the context of one image: each accumulator begins at its bias.</summary>
    /// <param name="prior">The prior.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="accumulators">Scratch, at least as long as the quality has coded latents; overwritten.</param>
    public SymbolContext(Prior prior, int quality, Span<int> accumulators)
    {
        _prior = prior;
        _quality = quality;
        int[] biases = prior.Tables.Qualities[quality].Biases;
        biases.CopyTo(accumulators);
        _accumulators = accumulators[..biases.Length];
    }

    /// <summary>The scale of a latent, given the symbols before it.</summary>
    public int Scale(int latent) => _prior.ScaleOf(_accumulators[latent]);

    /// <summary>Adds the weights of a non-zero symbol to the accumulators of the latents after it.</summary>
    /// <param name="latent">The symbol's latent.</param>
    /// <param name="magnitude">Its magnitude, 1 or more.</param>
    public void Observe(int latent, int magnitude)
    {
        byte[] activations = _prior.Tables.Activations;
        int activation = activations[Math.Min(magnitude, activations.Length) - 1];
        ReadOnlySpan<sbyte> weights = _prior.WeightsAfter(_quality, latent);
        if (!weights.IsEmpty)
            WeightedRows.Add(_accumulators[(latent + 1)..], weights, activation);
    }
}
