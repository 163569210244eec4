using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>
/// Fits one quality of a prior to the latents of training images. The symbols depend on the prior, whose bits the search weighs, and the
/// prior on the symbols, so both are refined in turn.
/// </summary>
/// <param name="draft">The quality; updated by the fit.</param>
/// <param name="images">The latents of all training images.</param>
/// <param name="few">A part of them, for the first rounds, which need only be approximate.</param>
/// <param name="targetError">
/// The target for the mean squared error of an image's latents: every count adjusts the step towards it. Null keeps the step.
/// </param>
/// <param name="targetBits">The target for an image's mean bits, in the same way, where there is none for the error.</param>
internal sealed class QualityFit(
    QualityDraft draft,
    IReadOnlyList<ImageLatents> images,
    IReadOnlyList<ImageLatents> few,
    double? targetError = null,
    double? targetBits = null
)
{
    // The error grows more slowly than the square of the step, since many latents are zero at any step.
    private const double StepExponent = 0.62;

    // Bits fall about as the step's power of −1.4.
    private const double BitsExponent = 0.7;

    /// <summary>The quality.</summary>
    public QualityDraft Draft => draft;

    /// <summary>Mean bits of an image at the last count, not rounded up to bytes.</summary>
    public double Bits { get; private set; }

    /// <summary>Counts the symbols that the search chooses, and replaces the draft's rows, centroids and counts.</summary>
    /// <param name="rounds">Number of rounds; each search uses the tables of the previous round.</param>
    /// <param name="rough">Whether to count the few images only.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public void Count(int rounds, bool rough, CancellationToken cancellationToken)
    {
        for (int round = 0; round < rounds; round++)
        {
            SymbolPass pass = Search(rough, cancellationToken);
            draft.Rows = draft.Rows.Refit(pass.Tally.Counts, draft.Start, draft.StartWeight);
            draft.Centroids = pass.Tally.Centroids;
            draft.Grid?.Count(pass.Tally.Grid!);
            Bits = pass.Bits;
            if (targetError is { } target)
                draft.Step *= Math.Pow(target / pass.Error, StepExponent);
            else if (targetBits is { } bits)
                draft.Step *= Math.Pow(pass.Bits / bits, BitsExponent);
        }
    }

    /// <summary>Chooses for each latent the one scale at which its symbols cost the fewest bits, without contexts.</summary>
    /// <param name="rough">Whether to search the few images only.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public void ChooseScales(bool rough, CancellationToken cancellationToken)
    {
        SymbolPass pass = Search(rough, cancellationToken);
        draft.Biases = BestScales(pass);
        draft.Centroids = pass.Tally.Centroids;
    }

    /// <summary>Trains the contexts on the symbols that the search chooses.</summary>
    /// <param name="schedule">How long, and how fast.</param>
    /// <param name="frozen">Whether the weights between different latents stay as they are, because qualities share them.</param>
    /// <param name="seed">Seed of the order of batches.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two steps; the draft is then unchanged.</param>
    public void TrainContexts(
        ContextSchedule schedule,
        bool frozen,
        int seed,
        Action<double> progress,
        CancellationToken cancellationToken
    ) => new ContextTraining(draft, Search(rough: false, cancellationToken)).Run(schedule, frozen, seed, progress, cancellationToken);

    private SymbolPass Search(bool rough, CancellationToken cancellationToken) =>
        SymbolPass.Run(draft, rough ? few : images, cancellationToken);

    private float[] BestScales(SymbolPass pass)
    {
        const int magnitudes = byte.MaxValue + 1;
        var rates = new RateTable(QualityDraft.ToPrior(draft), quality: 0);
        var best = new float[pass.Coded];
        Parallel.For(
            0,
            pass.Coded,
            i =>
            {
                var counts = new int[draft.Trellis.States * magnitudes];
                for (int n = 0; n < pass.Blocks; n++)
                {
                    long at = (long)n * pass.Coded + i;
                    if (i < pass.Counts[n])
                        counts[pass.States[at] * magnitudes + pass.Magnitudes[at]]++;
                }

                double least = double.PositiveInfinity;
                for (int scale = 0; scale < ScaleRows.Scales; scale++)
                {
                    double bits = 0;
                    for (int m = 0; m < counts.Length; m++)
                    {
                        if (counts[m] > 0)
                            bits += counts[m] * (double)(rates.Bits(scale, m % magnitudes)[m / magnitudes] + rates.Excess(m % magnitudes));
                    }

                    if (bits < least)
                        (least, best[i]) = (bits, scale);
                }
            }
        );
        return best;
    }
}
