using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>Turns symbols back to latents at one quality (docs/format.md, From symbols to latents). Immutable.</summary>
internal sealed class Dequantizer
{
    private readonly Trellis _trellis;
    private readonly int _levels;
    private readonly float[] _centroids;

    /// <summary>Creates the dequantizer of one quality.</summary>
    public Dequantizer(Prior prior, int quality, QualityEntry entry)
    {
        PriorQuality tables = prior.Tables.Qualities[quality];
        _trellis = prior.Tables.Trellis;
        Shape = prior.ShapeOf(quality);
        _levels = tables.Centroids.Length / _trellis.Quantizers;
        _centroids = [.. tables.Centroids.Select(centroid => centroid / 256f)];
        Steps = new LatentSteps(prior.Tables.Grid, Shape.Coded, entry.Step);
    }

    /// <summary>The step of each latent: half the distance between neighbouring points of one quantizer.</summary>
    public LatentSteps Steps { get; }

    /// <summary>Which latents of a block are coded.</summary>
    public BlockShape Shape { get; }

    /// <summary>Returns the value to which a magnitude is restored, in steps; 0 for 0.</summary>
    public float Point(int quantizer, int magnitude) =>
        magnitude == 0 ? 0 : 2 * magnitude - quantizer + _centroids[quantizer * _levels + Math.Min(magnitude, _levels) - 1];

    /// <summary>Restores the latents of a fixed-size image.</summary>
    /// <param name="symbols">[K].</param>
    /// <param name="latents">[K]; overwritten.</param>
    public void Restore(ReadOnlySpan<short> symbols, Span<float> latents)
    {
        latents[Shape.Coded..].Clear();
        float step = Steps.At(0)[0];
        int state = 0;
        for (int i = 0; i < Shape.Coded; i++)
        {
            latents[i] = Restore(step, symbols[i], _trellis.Quantizer(state));
            state = _trellis.Next(state, SymbolCoder.Magnitude(symbols[i]));
        }
    }

    /// <summary>Restores the latents of a grid's block that can be non-zero.</summary>
    /// <param name="level">The level of the block's steps.</param>
    /// <param name="latents">These latents, ascending, the predicted ones first.</param>
    /// <param name="which">Their indices; overwritten. At least C elements.</param>
    /// <param name="values">Their values; overwritten. At least C elements.</param>
    public void Restore(int level, ReadOnlySpan<CodedLatent> latents, Span<short> which, Span<float> values)
    {
        ReadOnlySpan<float> steps = Steps.At(level),
            units = Steps.Units;
        for (int k = 0; k < latents.Length; k++)
        {
            CodedLatent coded = latents[k];
            int latent = coded.Latent;
            which[k] = coded.Latent;
            // Latents that are coded as differences are outside the trellis: their quantizer is uniform, with points 2Δ apart.
            if (latent < Shape.Predicted)
                values[k] = 2 * steps[latent] * coded.Symbol;
            else if (coded.Prediction == 0)
                values[k] = Restore(steps[latent], coded.Symbol, coded.Quantizer);
            else
                values[k] = Restore(steps[latent], coded.Symbol, coded.Quantizer) + coded.Prediction * units[latent];
        }
    }

    private float Restore(float step, short symbol, int quantizer) =>
        MathF.CopySign(step * Point(quantizer, SymbolCoder.Magnitude(symbol)), symbol);
}
