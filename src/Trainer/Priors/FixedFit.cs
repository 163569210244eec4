using Codec.Entropy;
using Codec.Trainer.Display;

namespace Codec.Trainer.Priors;

/// <summary>
/// Fits the qualities of a fixed-size model, each to a target error: without contexts on a part of the images, then on all images, and last
/// with contexts.
/// </summary>
/// <param name="latents">The latents of the training images.</param>
/// <param name="variances">[K]: the latents' variances, descending.</param>
internal sealed class FixedFit(LatentSet latents, float[] variances)
{
    private const int FewImages = 4000;
    private const int RoughRounds = 4;
    private const int StaticRounds = 2;
    private const int LastRounds = 3;

    // Shares of the time, for the progress display; the last rounds take the rest.
    private const double RoughShare = 0.25;
    private const double StaticShare = 0.25;
    private const double ContextShare = 0.25;

    // The largest part of the latents' energy that a quality may lose; beyond it, almost no symbol is left.
    private const double MostError = 0.9;

    // Weight of a bit against squared error, in units of Δ²: near this value the codes of all qualities are smallest, and change little.
    private const double Lambda = 0.35;

    /// <summary>Fits qualities, and shows each as a stage.</summary>
    /// <param name="display">Displays the stages.</param>
    /// <param name="stage">The first words of a stage's name, which ends with "of quality n".</param>
    /// <param name="aims">The aim of each quality.</param>
    /// <param name="seed">Seed of the order of batches.</param>
    /// <param name="complete">The qualities that an earlier run completed; they are not fitted again.</param>
    /// <param name="save">Called with all complete qualities after each.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="ArgumentException">The latents cannot reach an aim, however finely they are quantized.</exception>
    public IReadOnlyList<QualityDraft> Run(
        StageDisplay display,
        string stage,
        IEnumerable<QualityAim> aims,
        int seed,
        IReadOnlyList<QualityDraft> complete,
        Action<IReadOnlyList<QualityDraft>> save,
        CancellationToken cancellationToken
    )
    {
        List<QualityDraft> drafts = [.. complete];
        foreach (QualityAim aim in aims.Skip(complete.Count))
        {
            QualityFit fit = Begin(aim);
            drafts.Add(display.Run($"{stage} of quality {drafts.Count}", progress => Run(fit, seed, progress, cancellationToken)));
            save(drafts);
        }

        return drafts;
    }

    private QualityFit Begin(QualityAim aim)
    {
        int coded = Math.Min(aim.Coded, latents.Latents);
        // Latents that are not coded are lost whatever the step: only what exceeds their energy can be reached by a step.
        double lost = variances.Skip(coded).Sum(variance => (double)variance);
        double target = aim.Error - latents.Residual;
        if (target <= lost && aim.Bits is null)
        {
            throw new ArgumentException(
                $"{coded} coded latents leave a squared error of {latents.Residual + lost:0} an image, which must be below {aim.Error:0}; code more latents, or set a lower target PSNR."
            );
        }

        // Once all latents are zero, a larger step adds nothing to the error.
        double energy = 0;
        foreach (float variance in variances)
            energy += variance;
        target = Math.Min(target, MostError * energy);

        double step = FirstStep(variances, target);
        float[] biases = QualityDraft.StaticBiases(variances, step, coded);
        return new QualityFit(
            new QualityDraft(latents.Latents, Trellis.EightStates, step, Lambda, biases),
            latents.Images,
            [.. latents.Images.Take(FewImages)],
            aim.Bits is null ? target : null,
            aim.Bits
        );
    }

    private static QualityDraft Run(QualityFit fit, int seed, Action<double> progress, CancellationToken cancellationToken)
    {
        for (int round = 0; round < RoughRounds + StaticRounds; round++)
        {
            bool rough = round < RoughRounds;
            fit.ChooseScales(rough, cancellationToken);
            fit.Count(1, rough, cancellationToken);
            progress(rough ? RoughShare * (round + 1) / RoughRounds : RoughShare + StaticShare * (round - RoughRounds + 1) / StaticRounds);
        }

        fit.TrainContexts(
            ContextSchedule.Fixed,
            frozen: false,
            seed,
            done => progress(RoughShare + StaticShare + ContextShare * done),
            cancellationToken
        );
        fit.Count(LastRounds, rough: false, cancellationToken);
        progress(1);
        return fit.Draft;
    }

    /// <summary>
    /// Estimates the first step: a latent that is worth coding has an error of about Δ²/2, any other an error of its variance.
    /// </summary>
    /// <param name="variances">The latents' variances.</param>
    /// <param name="target">Squared error of an image's latents.</param>
    public static double FirstStep(float[] variances, double target)
    {
        double low = 1e-3,
            high = 1e4;
        for (int i = 0; i < 50; i++)
        {
            double middle = Math.Sqrt(low * high),
                error = 0;
            foreach (float variance in variances)
                error += Math.Min(variance, middle * middle / 2);
            if (error < target)
                low = middle;
            else
                high = middle;
        }

        return low;
    }
}

/// <summary>The aim of one quality of a fixed-size model.</summary>
/// <param name="Error">Squared error of an image, summed over its samples.</param>
/// <param name="Coded">The largest number of coded latents.</param>
/// <param name="Bits">Mean bits of a code to reach instead of the error, which is then only where the search begins; null for none.</param>
internal sealed record QualityAim(double Error, int Coded, double? Bits = null);
