using System.Globalization;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Faces;

/// <summary>
/// Finds the aims of a linear model's qualities: errors on the training images that give the targets on images which it has not seen.
/// </summary>
/// <param name="samples">Samples of an image.</param>
/// <param name="trained">Mean squared error of a training image, summed over its samples, when its latents are not quantized.</param>
/// <param name="unseen">The same of images that the components have not seen.</param>
/// <param name="variances">[K]: variances of the latents.</param>
internal sealed class AimSearch(int samples, double trained, double unseen, float[] variances)
{
    // Without targets: the best quality loses this much to quantization, and the others are this far apart.
    private const double BestLoss = 1.5;
    private const double Spacing = 3.8;
    private const int Qualities = 4;

    // Above it, the eye sees no difference at these sizes.
    private const double MostDecibels = 42;

    // The largest part of the latents' energy that a quality may lose.
    private const double MostLost = 0.5;

    // A latent whose deviation is below this part of the step is almost always zero.
    private const double LeastDeviation = 0.3;

    private readonly double _energy = variances.Sum(variance => (double)variance);

    /// <summary>The PSNR of unseen images when their latents are not quantized: no quality can be better.</summary>
    public double Ceiling => Decibels(unseen);

    /// <summary>Finds the aims.</summary>
    /// <exception cref="ArgumentException">A target cannot be reached.</exception>
    /// <exception cref="LowCeilingException">The best quality would be below <see cref="QualityTargets.Least"/>.</exception>
    public IReadOnlyList<QualityAim> Find(QualityTargets targets)
    {
        if (targets.Bytes.Count > 0)
            return [.. targets.Bytes.Select(bytes => new QualityAim(trained + 0.1 * _energy, variances.Length, 8 * bytes))];
        if (targets.Decibels.Count > 0)
            return [.. targets.Decibels.Select(Reach)];
        double best = Math.Min(MostDecibels, Ceiling - BestLoss);
        if (best < targets.Least)
        {
            throw new LowCeilingException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{variances.Length} components describe unseen images of this set with only {Ceiling:0.0} dB: they have too "
                        + $"little in common"
                )
            );
        }

        QualityAim[] aims =
        [
            .. Enumerable
                .Range(0, Qualities)
                .Select(i => best - Spacing * i)
                .Where(decibels => Error(decibels) - unseen <= MostLost * _energy)
                .Select(Reach)
                .Reverse(),
        ];
        return aims.Length > 0
            ? aims
            : throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{variances.Length} components of these images describe unseen ones with only {Ceiling:0.0} dB, hardly better than their mean; give more images, or train photos."
                )
            );
    }

    private QualityAim Reach(double decibels)
    {
        double added = Error(decibels) - unseen;
        if (added <= 0)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--psnr {decibels} is out of reach: {variances.Length} latents describe unseen images of this set with {Ceiling:0.0} dB at most; give a lower target, more latents or more images."
                )
            );
        }

        return new QualityAim(trained + added, Coded(added));
    }

    private int Coded(double added)
    {
        double step = FixedFit.FirstStep(variances, Math.Min(added, MostLost * _energy));
        return Math.Clamp(
            variances.Count(variance => Math.Sqrt(variance) > LeastDeviation * step),
            Math.Min(16, variances.Length),
            variances.Length
        );
    }

    private double Error(double decibels) => samples * 255.0 * 255.0 * Math.Pow(10, -decibels / 10);

    private double Decibels(double error) => 10 * Math.Log10(samples * 255.0 * 255.0 / Math.Max(error, 1e-9));
}
