using Codec.Entropy;
using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>
/// Fits one quality of a prior, and its quantizer step, to the latents of training images. Symbols depend on the prior (the search
/// weighs bits) and the prior on symbols, so both are refined in turn: first without contexts, then with them.
/// </summary>
internal sealed class QualityFit
{
    /// <summary>How many images the first rounds look at: they only have to come near.</summary>
    private const int FewImages = 4000;

    private const int RoughRounds = 4;
    private const int StaticRounds = 2;
    private const int LastRounds = 3;

    // Shares of the time that the parts of a fit take, for the progress.
    private const double RoughShare = 0.25;
    private const double StaticShare = 0.25;
    private const double ContextShare = 0.25;

    // Part of the latents' energy that a quality may lose: beyond it hardly a symbol is left.
    private const double MostError = 0.9;

    private readonly LatentSet _latents;
    private readonly double _target;

    /// <summary>Prepares a fit.</summary>
    /// <param name="latents">Of the training images.</param>
    /// <param name="variances">[K]: the latents' variances, falling.</param>
    /// <param name="options">What to reach, and how.</param>
    /// <exception cref="ArgumentException">The latents cannot reach the target, however finely they are quantized.</exception>
    public QualityFit(LatentSet latents, ReadOnlySpan<float> variances, QualityOptions options)
    {
        _latents = latents;
        _target = options.Error - latents.Residual;
        if (_target <= 0)
        {
            throw new ArgumentException(
                $"{latents.Latents} latents leave a squared error of {latents.Residual:0} an image; {options.Error:0} or less is to be reached: use more latents or a lower target."
            );
        }

        // Where all latents are zero, no larger step adds to the error.
        double most = 0;
        foreach (float variance in variances)
            most += variance;
        _target = Math.Min(_target, MostError * most);

        double step = FirstStep(variances);
        var biases = new float[Math.Min(options.Coded, latents.Latents)];
        for (int i = 0; i < biases.Length; i++)
            biases[i] = (float)ScaleRows.ScaleOf(Math.Sqrt(variances[i]) / step);
        Draft = new QualityDraft(options.Trellis, step, options.Lambda, biases);
    }

    /// <summary>The quality as it stands.</summary>
    public QualityDraft Draft { get; }

    /// <summary>Bits of a training image on average, as it stands.</summary>
    public double Bits { get; private set; }

    /// <summary>Fits.</summary>
    /// <param name="seed">Of the order of batches.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public void Run(int seed, Action<double> progress, CancellationToken cancellationToken)
    {
        int few = Math.Min(FewImages, _latents.Count);
        for (int round = 0; round < RoughRounds; round++)
        {
            RefineStatic(few, cancellationToken);
            progress(RoughShare * (round + 1) / RoughRounds);
        }

        for (int round = 0; round < StaticRounds; round++)
        {
            RefineStatic(_latents.Count, cancellationToken);
            progress(RoughShare + StaticShare * (round + 1) / StaticRounds);
        }

        SymbolPass pass = SymbolPass.Run(Draft, _latents, _latents.Count, cancellationToken);
        new ContextTraining(Draft, pass).Run(seed, done => progress(RoughShare + StaticShare + ContextShare * done), cancellationToken);
        for (int round = 0; round < LastRounds; round++)
        {
            Refine(SymbolPass.Run(Draft, _latents, _latents.Count, cancellationToken));
            progress(1 - (1 - RoughShare - StaticShare - ContextShare) * (LastRounds - round - 1) / LastRounds);
        }
    }

    /// <summary>A step to begin with: where a latent is worth coding it costs about Δ²/2, and its variance where not.</summary>
    private double FirstStep(ReadOnlySpan<float> variances)
    {
        double low = 1e-3,
            high = 1e4;
        for (int i = 0; i < 50; i++)
        {
            double middle = Math.Sqrt(low * high),
                error = 0;
            foreach (float variance in variances)
                error += Math.Min(variance, middle * middle / 2);
            if (error < _target)
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    private void RefineStatic(int count, CancellationToken cancellationToken)
    {
        SymbolPass pass = SymbolPass.Run(Draft, _latents, count, cancellationToken);
        Draft.Biases = BestScales(pass);
        Draft.Centroids = pass.Centroids;
        Refine(SymbolPass.Run(Draft, _latents, count, cancellationToken));
    }

    /// <summary>Takes over what was counted, and moves the step towards the target.</summary>
    private void Refine(SymbolPass pass)
    {
        Draft.Rows = Draft.Rows.Refit(pass.Counts);
        Draft.Centroids = pass.Centroids;
        // Error grows a little slower than the step's square, since many latents are zero at any step.
        Draft.Step *= Math.Pow(_target / pass.Error, 0.62);
        Bits = pass.Bits;
    }

    /// <summary>For each latent, the one scale that its symbols would cost the fewest bits at.</summary>
    private float[] BestScales(SymbolPass pass)
    {
        const int magnitudes = byte.MaxValue + 1;
        var rates = new RateTable(QualityDraft.ToPrior(_latents.Latents, Draft), quality: 0);
        var best = new float[pass.Coded];
        Parallel.For(
            0,
            pass.Coded,
            i =>
            {
                var met = new int[Draft.Trellis.States * magnitudes];
                for (int n = 0; n < pass.Count; n++)
                    met[pass.States[n * pass.Coded + i] * magnitudes + pass.Magnitudes[n * pass.Coded + i]]++;
                double least = double.PositiveInfinity;
                for (int scale = 0; scale < ScaleRows.Scales; scale++)
                {
                    double bits = 0;
                    for (int m = 0; m < met.Length; m++)
                    {
                        if (met[m] > 0)
                            bits += met[m] * (double)(rates.Bits(scale, m % magnitudes)[m / magnitudes] + rates.Excess(m % magnitudes));
                    }

                    if (bits < least)
                        (least, best[i]) = (bits, scale);
                }
            }
        );
        return best;
    }
}

/// <summary>What one quality is to reach.</summary>
/// <param name="Error">Squared error of an image to aim at, summed over its samples.</param>
/// <param name="Lambda">Weight of a bit against squared error, in units of Δ².</param>
/// <param name="Coded">How many latents are coded at most.</param>
/// <param name="Trellis">Which quantizer each latent meets.</param>
internal sealed record QualityOptions(double Error, double Lambda, int Coded, Trellis Trellis);
