using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>One quality's way from symbols back to latents (docs/format.md, From symbols to latents).</summary>
internal sealed class Dequantizer
{
    private readonly Trellis _trellis;
    private readonly int _coded;
    private readonly int _levels;
    private readonly int _predicted;
    private readonly float[] _centroids;

    public Dequantizer(Prior prior, int quality, QualityEntry entry)
    {
        PriorQuality tables = prior.Tables.Qualities[quality];
        _trellis = prior.Tables.Trellis;
        _coded = tables.Coded;
        _predicted = prior.Tables.Grid?.Predicted ?? 0;
        _levels = tables.Centroids.Length / _trellis.Quantizers;
        _centroids = [.. tables.Centroids.Select(centroid => centroid / 256f)];
        Step = entry.Step;
    }

    /// <summary>Δ: half the distance between the points of one quantizer.</summary>
    public float Step { get; }

    /// <summary>How many latents are coded; the others are zero.</summary>
    public int Coded => _coded;

    /// <summary>The point that a magnitude is restored to, in steps; 0 for 0.</summary>
    public float Point(int quantizer, int magnitude) =>
        magnitude == 0 ? 0 : 2 * magnitude - quantizer + _centroids[quantizer * _levels + Math.Min(magnitude, _levels) - 1];

    /// <summary>Restores latents from symbols.</summary>
    /// <param name="symbols">One for each latent, or the first of them: those that are predicted at least.</param>
    /// <param name="latents">As many; overwritten.</param>
    public void Restore(ReadOnlySpan<short> symbols, Span<float> latents)
    {
        int coded = Math.Min(_coded, symbols.Length);
        latents[coded..].Clear();
        // Predicted latents stand outside the trellis, at the points of its uniform quantizer.
        for (int i = 0; i < _predicted; i++) latents[i] = 2 * Step * symbols[i];
        int state = 0;
        for (int i = _predicted; i < coded; i++)
        {
            int magnitude = Math.Abs((int)symbols[i]);
            float latent = Step * Point(_trellis.Quantizer(state), magnitude);
            latents[i] = symbols[i] < 0 ? -latent : latent;
            state = _trellis.Next(state, magnitude);
        }
    }
}
