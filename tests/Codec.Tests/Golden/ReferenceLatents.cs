using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>Restores the latents of a grid with levels as docs/format.md, "From symbols to latents", describes: in binary32.</summary>
internal static class ReferenceLatents
{
    /// <summary>Restores the coded latents of one block.</summary>
    /// <param name="prior">A prior with levels.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="step">The step of the manifest's quality.</param>
    /// <param name="grid">The symbols, levels and predictions.</param>
    /// <param name="block">The block's index.</param>
    public static float[] Restore(PriorTables prior, int quality, float step, ReferenceGrid grid, int block)
    {
        (PriorQuality tables, StepRule steps) = (prior.Qualities[quality], prior.Grid!.Steps!);
        var latents = new float[tables.Coded];
        int state = 0,
            level = grid.Levels[block],
            centroids = tables.Centroids.Length / prior.Trellis.Quantizers;
        for (int i = 0; i < latents.Length; i++)
        {
            short symbol = grid.Symbols[block][i];
            if (i < prior.Grid.Predicted)
            {
                latents[i] = 2 * Step(i, level) * symbol;
                continue;
            }

            int magnitude = Math.Abs((int)symbol),
                quantizer = prior.Trellis.Quantizer(state);
            if (magnitude > 0)
            {
                float centroid = tables.Centroids[quantizer * centroids + Math.Min(magnitude, centroids) - 1] / 256f;
                latents[i] = Math.Sign(symbol) * ((2 * magnitude - quantizer + centroid) * Step(i, level));
            }

            if (prior.Grid.Colours is { } colours && colours.Luminance[i] != 65535)
            {
                float term = grid.Predicted[block][i] * (Step(colours.Luminance[i], steps.Neutral) / 16);
                latents[i] += term;
            }

            state = prior.Trellis.Next(state, magnitude);
        }

        return latents;

        float Step(int latent, int at)
        {
            float own = step * (steps.Factors[latent] / 1024f);
            return own * (float)Math.Pow(2, (at - steps.Neutral) * steps.Masks[latent] / 8.0);
        }
    }
}
