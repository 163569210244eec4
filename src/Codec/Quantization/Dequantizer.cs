using Codec.Entropy;
using Codec.Models;

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

    /// <summary>Restores the latents of an image of a fixed size.</summary>
    /// <param name="symbols">One for each latent.</param>
    /// <param name="latents">As many; overwritten.</param>
    public void Restore(ReadOnlySpan<short> symbols, Span<float> latents)
    {
        latents[_coded..].Clear();
        int state = 0;
        for (int i = 0; i < _coded; i++)
        {
            latents[i] = Restore(symbols[i], _trellis.Quantizer(state));
            state = _trellis.Next(state, Math.Abs((int)symbols[i]));
        }
    }

    /// <summary>Restores those latents of a block that may not be zero.</summary>
    /// <param name="block">The block.</param>
    /// <param name="which">The latents; overwritten, as many as are coded at most.</param>
    /// <param name="values">What they are; overwritten.</param>
    /// <returns>How many.</returns>
    public int Restore(in DecodedBlock block, Span<short> which, Span<float> values)
    {
        // Predicted latents stand outside the trellis, at the points of its uniform quantizer.
        for (int i = 0; i < _predicted; i++)
            (which[i], values[i]) = ((short)i, 2 * Step * block.Symbols[i]);
        int count = _predicted;
        for (int k = 0; k < block.Filled.Length; k++)
        {
            short latent = block.Filled[k];
            if (latent < _predicted)
                continue;
            which[count] = latent;
            values[count++] = Restore(block.Symbols[latent], block.Quantizers[k]);
        }

        return count;
    }

    private float Restore(short symbol, int quantizer)
    {
        float latent = Step * Point(quantizer, Math.Abs((int)symbol));
        return symbol < 0 ? -latent : latent;
    }
}
