using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>
/// The steps of a model of photographs: finer where errors are seen, coarser where the picture masks them (ADR 20). Tables were tuned on
/// photographs held out from training.
/// </summary>
internal static class StepDesign
{
    /// <summary>Number of levels of a block's steps, a quarter of an octave apart.</summary>
    private const int Levels = 7;

    /// <summary>The level that leaves steps as they are: finer steps have a wider range than coarser ones.</summary>
    private const int Neutral = 4;

    /// <summary>Latents of luminance below this frequency, in half cycles a block, count in the energy of a block.</summary>
    private const double EnergyRadius = 6;

    // The step grows with energy^EnergyExponent and brightness^MeanExponent; a block of this energy and brightness is neutral.
    private const double EnergyExponent = 0.2;
    private const double MeanExponent = 0.3;
    private const double NeutralEnergy = 800;
    private const double NeutralMean = 124;

    // Added to energy and brightness, in squared and plain grey levels.
    private const double FaintEnergy = 200;
    private const double FaintMean = 16;

    // Radii of frequency that have a weight of their own; between two, weights are interpolated over the logarithm of the radius.
    private static readonly double[] Radii = [1.15, 2.1, 3.3, 5, 7.3, 10, 13.4, 17.5];

    // [colours][mean, then radii]: the inverse of the step's factor.
    private static readonly double[][] Weights =
    [
        [2.2, 1.7, 1.35, 1.08, .93, .85, .8, .77, .77],
        [2.2, 1.29, .92, .69, .57, .478, .414, .367, .367],
        [2.6, 1.37, .97, .69, .553, .447, .381, .341, .341],
    ];

    /// <summary>Designs the rule.</summary>
    /// <param name="order">[K]: the coefficient of each latent, counted [down, across, colour].</param>
    /// <param name="side">Frequencies down, and across.</param>
    public static StepRule Rule(IReadOnlyList<int> order, int side)
    {
        int colours = Weights.Length;
        ushort[] factors = [.. order.Select(coefficient => Factor(Radius(coefficient), coefficient % colours))];
        return new StepRule(
            factors,
            [
                .. order.Select(coefficient =>
                    (byte)(
                        Radius(coefficient) == 0 ? 0
                        : coefficient % colours == 0 ? 2
                        : 1
                    )
                ),
            ],
            [
                .. order.Select(
                    (coefficient, latent) =>
                        coefficient % colours == 0 && Radius(coefficient) is > 0 and < EnergyRadius
                            ? (ushort)Math.Round(256 * Math.Pow(factors[latent] / (double)StepRule.Unit, 2))
                            : (ushort)0
                ),
            ],
            Levels,
            Neutral,
            (int)Math.Round(PerOctave * EnergyExponent / (16 * Prior.Neighbours)),
            (int)Math.Round(PerOctave * MeanExponent / 16)
        );

        double Radius(int coefficient)
        {
            (int down, int across) = Math.DivRem(coefficient / colours, side);
            return Math.Sqrt(down * down + across * across);
        }
    }

    /// <summary>Computes the constants of a quality.</summary>
    /// <param name="rule">The rule, whose first latent is the mean of luminance.</param>
    /// <param name="step">The quality's step.</param>
    /// <param name="offsets">[levels, coded]: see <see cref="StepTables.Offsets"/>.</param>
    public static StepTables Tables(StepRule rule, double step, short[] offsets)
    {
        // A block's energy is counted in units of this, in squared grey levels a pixel: half steps, 256ths, and 256 pixels.
        double unit = step * step / (4 * 65536),
            octaves = EnergyExponent * Math.Log2(unit / NeutralEnergy) - MeanExponent * Math.Log2(256 * NeutralMean);
        // The mean's basis function is 1/16 a pixel, and the axis of luminance has the length √3.
        double mean = 2 * step * rule.Factors[0] / StepRule.Unit / (16 * Math.Sqrt(3));
        return new StepTables(
            (int)Math.Clamp(Math.Round(FaintEnergy / unit), 1, int.MaxValue),
            (int)Math.Round(65536 * Neutral + PerOctave * octaves),
            (int)Math.Round(256 * (127.5 + FaintMean)),
            (int)Math.Round(256 * mean),
            offsets
        );
    }

    /// <summary>Finds the step nearest to another with which black and white are points of the mean's quantizer.</summary>
    public static double ReachWhite(StepRule rule, double step)
    {
        double white = 127.5 * 16 * Math.Sqrt(3),
            mean = 2.0 * rule.Factors[0] / StepRule.Unit;
        return white / mean / Math.Round(white / mean / step);
    }

    // Levels an octave of the step, in 65536ths.
    private const double PerOctave = 4 * 65536;

    private static ushort Factor(double radius, int colour)
    {
        double[] weights = Weights[colour];
        double weight = weights[0];
        if (radius > 0)
        {
            int next = 0;
            while (next < Radii.Length && Radii[next] < radius)
                next++;
            (int below, int above) = (Math.Max(next - 1, 0), Math.Min(next, Radii.Length - 1));
            double part = below == above ? 0 : Math.Log(radius / Radii[below]) / Math.Log(Radii[above] / Radii[below]);
            weight = weights[below + 1] * Math.Pow(weights[above + 1] / weights[below + 1], part);
        }

        return (ushort)Math.Round(StepRule.Unit / weight);
    }
}
