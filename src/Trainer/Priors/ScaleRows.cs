using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>
/// The distributions of magnitudes at one quality, for each state of the trellis and each scale. They begin as Laplacian distributions
/// whose widths grow geometrically from scale to scale, and are refitted to counts.
/// </summary>
/// <param name="Trellis">The states.</param>
/// <param name="Rows">[states × scales][decisions + 1]: the probability of magnitude 0, 1, …; the last is that of all larger ones.</param>
internal sealed record ScaleRows(Trellis Trellis, double[][] Rows)
{
    /// <summary>Number of scales of each state: steps of about a fifth of an octave, so fine that more would not save bits.</summary>
    public const int Scales = 64;

    /// <summary>Number of decisions in a row; magnitudes of this or more hardly occur, and are completed by an escape.</summary>
    public const int Decisions = 20;

    // log₂ of the standard deviation of the first and of the last scale, in steps.
    private const double FirstExponent = -4.2;
    private const double LastExponent = 7.3;

    /// <summary>The symbols of each row that Laplacian rows count for when rows are fitted, so that a rare scale keeps its shape.</summary>
    public const double LaplacianWeight = 40;

    // The part of a neighbouring scale's counts that is added to those of a scale, so that rows change smoothly from scale to scale.
    private const double NeighbourWeight = 0.25;

    /// <summary>Computes the scale, not rounded, whose distribution has a given standard deviation in steps.</summary>
    public static double ScaleOf(double deviation) =>
        Math.Clamp((Math.Log2(Math.Max(deviation, 1e-9)) - FirstExponent) / (LastExponent - FirstExponent) * (Scales - 1), 0, Scales - 1);

    /// <summary>Creates the Laplacian distributions.</summary>
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

    /// <summary>Reads the rows of a prior.</summary>
    /// <param name="trellis">The states.</param>
    /// <param name="probabilities">[states, scales, decisions]: what <see cref="ToContinue"/> returned.</param>
    public static ScaleRows Of(Trellis trellis, ReadOnlySpan<ushort> probabilities)
    {
        var rows = new double[trellis.States * Scales][];
        for (int r = 0; r < rows.Length; r++)
        {
            rows[r] = new double[Decisions + 1];
            double reached = 1;
            for (int m = 0; m < Decisions; m++)
            {
                double beyond = reached * probabilities[r * Decisions + m] / 65536;
                rows[r][m] = reached - beyond;
                reached = beyond;
            }

            rows[r][Decisions] = reached;
        }

        return new ScaleRows(trellis, rows);
    }

    /// <summary>Fits rows to counts.</summary>
    /// <param name="counts">[states, scales, decisions + 1]: how often each magnitude occurred at each scale.</param>
    /// <param name="start">The rows where nothing is counted.</param>
    /// <param name="weight">The symbols of each row that they count for.</param>
    public ScaleRows Refit(long[] counts, ScaleRows start, double weight)
    {
        const int width = Decisions + 1;
        var rows = new double[Rows.Length][];
        for (int r = 0; r < rows.Length; r++)
        {
            var row = new double[width];
            for (int m = 0; m < width; m++)
            {
                double count = counts[r * width + m] + weight * start.Rows[r][m];
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

    /// <summary>
    /// Rounds the rows to those of a prior, [states, scales, decisions] (<see cref="Codec.Entropy.PriorQuality.Continue"/>).
    /// </summary>
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
        // The threshold between magnitudes 0 and 1, in steps. Halfway to the first point is 1 for quantizer 0, whose points are 2m, and 0.5
        // for quantizer 1, whose points are 2m − 1; the search's threshold is higher, since a zero takes fewer bits.
        double first = quantizer == 0 ? 1.3 : 0.8;
        double Beyond(int magnitude) => magnitude == 0 ? 1 : Math.Exp(-(first + 2 * (magnitude - 1)) / width);
        double[] row = [.. Enumerable.Range(0, Decisions).Select(m => Beyond(m) - Beyond(m + 1)), Beyond(Decisions)];
        double sum = row.Sum(p => Math.Max(p, 1e-9));
        return [.. row.Select(p => Math.Max(p, 1e-9) / sum)];
    }
}
