using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>
/// The probability rows of a quality: for each state of the trellis and each scale, how magnitudes are spread. They begin as
/// Laplacian spreads whose widths rise geometrically from scale to scale, and are refitted to what was counted.
/// </summary>
/// <param name="Trellis">The states.</param>
/// <param name="Rows">[states × scales][decisions + 1]: probability of magnitude 0, 1, …; the last is for all larger ones.</param>
internal sealed record ScaleRows(Trellis Trellis, double[][] Rows)
{
    /// <summary>Scales of each state: steps of about an eighth of an octave, finer than the data can tell apart.</summary>
    public const int Scales = 64;

    /// <summary>Magnitudes that have a probability of their own; larger ones hardly occur and are escaped.</summary>
    public const int Decisions = 20;

    // Standard deviations of the first and last scale, in steps, as powers of two.
    private const double FirstExponent = -4.2;
    private const double LastExponent = 7.3;

    // Weight of the Laplacian start against the counts, in symbols a row: a rarely met scale keeps its shape.
    private const double StartWeight = 40;

    // Share of a neighbouring scale's counts that a scale takes over: what is learned is smooth from scale to scale.
    private const double NeighbourWeight = 0.25;

    /// <summary>The scale whose spread has a standard deviation, in steps; not rounded.</summary>
    public static double ScaleOf(double deviation) =>
        Math.Clamp((Math.Log2(Math.Max(deviation, 1e-9)) - FirstExponent) / (LastExponent - FirstExponent) * (Scales - 1), 0, Scales - 1);

    /// <summary>The Laplacian start.</summary>
    public static ScaleRows Laplacian(Trellis trellis)
    {
        var rows = new double[trellis.States * Scales][];
        for (int state = 0; state < trellis.States; state++)
        {
            for (int scale = 0; scale < Scales; scale++)
            {
                double deviation = Math.Pow(2, FirstExponent + (LastExponent - FirstExponent) * scale / (Scales - 1));
                rows[state * Scales + scale] = LaplacianRow(trellis.Quantizer(state), deviation / Math.Sqrt(2));
            }
        }

        return new ScaleRows(trellis, rows);
    }

    /// <summary>Rows for what was counted.</summary>
    /// <param name="counts">[states × scales × (decisions + 1)]: how often each magnitude was met at each scale.</param>
    public ScaleRows Refit(long[] counts)
    {
        const int width = Decisions + 1;
        ScaleRows start = Laplacian(Trellis);
        var rows = new double[Rows.Length][];
        for (int r = 0; r < rows.Length; r++)
        {
            var row = new double[width];
            for (int m = 0; m < width; m++)
            {
                double count = counts[r * width + m] + StartWeight * start.Rows[r][m];
                if (r % Scales > 0)
                    count += NeighbourWeight * counts[(r - 1) * width + m];
                if (r % Scales < Scales - 1)
                    count += NeighbourWeight * counts[(r + 1) * width + m];
                row[m] = count;
            }

            double sum = row.Sum();
            for (int m = 0; m < width; m++)
                row[m] /= sum;
            rows[r] = row;
        }

        return new ScaleRows(Trellis, rows);
    }

    /// <summary>The rows as a prior holds them: [states, scales, decisions], probability in 65536ths to go on beyond 0, 1, ….</summary>
    public ushort[] ToContinue()
    {
        var probabilities = new ushort[Rows.Length * Decisions];
        for (int r = 0; r < Rows.Length; r++)
        {
            double reached = 1;
            for (int m = 0; m < Decisions; m++)
            {
                double beyond = Math.Max(reached - Rows[r][m], 0);
                double probability = reached > 0 ? beyond / reached : 0.5;
                probabilities[r * Decisions + m] = (ushort)Math.Clamp(Math.Round(probability * 65536), 1, 65535);
                reached = beyond;
            }
        }

        return probabilities;
    }

    private static double[] LaplacianRow(int quantizer, double width)
    {
        // Where magnitude 1 begins, in steps: quantizer 0 has its points at 2m, quantizer 1 at 2m − 1 and zero; a little above
        // halfway, since zero is cheap.
        double first = quantizer == 0 ? 1.3 : 0.8;
        double Beyond(int magnitude) => magnitude == 0 ? 1 : Math.Exp(-(first + 2 * (magnitude - 1)) / width);
        double[] row = [.. Enumerable.Range(0, Decisions).Select(m => Beyond(m) - Beyond(m + 1)), Beyond(Decisions)];
        double sum = row.Sum(p => Math.Max(p, 1e-9));
        return [.. row.Select(p => Math.Max(p, 1e-9) / sum)];
    }
}
