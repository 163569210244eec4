using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// One quality's uniform quantizer: chooses symbols for latents by rate and distortion together, and restores latents from
/// symbols. A symbol s stands for the latent sign(s)·(|s| + centroid)·Δ.
/// </summary>
internal sealed class Quantizer
{
    private readonly Prior _prior;
    private readonly RateTable _rates;
    private readonly int _quality;
    private readonly float _step;
    private readonly float _lambda;
    private readonly int _coded;
    private readonly float[] _centroids;

    public Quantizer(Prior prior, RateTable rates, int quality, QualityEntry entry)
    {
        _prior = prior;
        _rates = rates;
        _quality = quality;
        _step = entry.Step;
        _lambda = entry.Lambda;
        PriorQuality tables = prior.Tables.Qualities[quality];
        _coded = tables.Coded;
        _centroids = [.. tables.Centroids.Select(centroid => centroid / 256f)];
    }

    /// <summary>
    /// Chooses symbols latent by latent: of the nearest one, the next one towards zero, and zero, that with the least
    /// error²/Δ² + λ·bits, its bits read from the context that the symbols chosen before have made.
    /// </summary>
    /// <param name="latents">One for each latent; not-a-number counts as zero, and magnitudes are bounded.</param>
    /// <param name="symbols">As many; overwritten.</param>
    public void Quantize(ReadOnlySpan<float> latents, Span<short> symbols)
    {
        symbols.Clear();
        var context = new ContextState(_prior, _quality, stackalloc int[_coded]);
        for (int i = 0; i < _coded; i++)
        {
            float x = latents[i] / _step;
            float magnitude = float.IsNaN(x) ? 0 : Math.Min(Math.Abs(x), SymbolCoder.MaxMagnitude);
            int nearest = (int)(magnitude + 0.5f);
            if (nearest == 0) continue;

            int scale = context.Scale(i);
            int best = 0;
            float bestCost = magnitude * magnitude + _lambda * _rates.Bits(scale, 0);
            for (int candidate = nearest; candidate >= Math.Max(1, nearest - 1); candidate--)
            {
                float error = magnitude - Restore(candidate);
                float cost = error * error + _lambda * _rates.Bits(scale, candidate);
                if (cost < bestCost) (best, bestCost) = (candidate, cost);
            }

            if (best == 0) continue;
            symbols[i] = (short)(x < 0 ? -best : best);
            context.Observe(i, best);
        }
    }

    /// <summary>Restores latents from symbols.</summary>
    /// <param name="symbols">One for each latent.</param>
    /// <param name="latents">As many; overwritten.</param>
    public void Dequantize(ReadOnlySpan<short> symbols, Span<float> latents)
    {
        for (int i = 0; i < symbols.Length; i++)
        {
            int symbol = symbols[i];
            latents[i] = symbol == 0 ? 0 : Math.Sign(symbol) * Restore(Math.Abs(symbol)) * _step;
        }
    }

    private float Restore(int magnitude) => magnitude + _centroids[Math.Min(magnitude, _centroids.Length) - 1];
}
