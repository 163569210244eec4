using Codec.Entropy;
using Codec.Images;
using Codec.Quantization;
using Codec.Trainer.Display;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;

namespace Codec.Trainer.Photos;

/// <summary>
/// Trains a grid model of photographs: a lapped transform over colour axes measured on the photographs, and a prior fitted, quality by
/// quality, to the symbols that the encoder's search chooses (ADR 10).
/// </summary>
internal sealed class PhotosTraining(StageDisplay display, Checkpoint checkpoint)
{
    /// <summary>Shape and scaling of the windows that the encoder's graph takes: 8-bit samples around zero.</summary>
    public static readonly ImageGeometry Window = new(LappedTransform.Window, LappedTransform.Window, 3, 1, -127.5f);

    // Number of rounds over a part of the photographs, for approximate tables; of rounds over all between two trainings; and after the
    // last.
    private const int RoughRounds = 3;
    private const int MiddleRounds = 1;
    private const int LastRounds = 2;

    // Smallest number of photographs in that part.
    private const int RoughPhotos = 32;

    // Contexts are trained once at each rate; the tables are counted again after each.
    private static readonly double[] Rates = [0.004, 0.003];

    /// <summary>Trains the parts of a model. Qualities that the checkpoint holds are not trained again.</summary>
    /// <param name="set">The training images.</param>
    /// <param name="plan">The qualities to train.</param>
    /// <param name="cancellationToken">Stops the training; qualities that are complete stay in the checkpoint.</param>
    /// <exception cref="TrainingStoppedException">The checkpoint belongs to another run.</exception>
    public TrainedGrid Run(PhotoSet set, PhotosPlan plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<Raster> photos = set.Photos;
        TorchThreads.SetStandard();
        ColourAxes colours = ColourAxes.Standard;
        byte[] encoder = LappedTransform.Encoder(Window, colours.Analysis);
        PhotoStatistics statistics = display.Run(
            "Statistics of the coefficients",
            _ => PhotoStatistics.Measure(photos, encoder, plan, cancellationToken)
        );
        GridRule rule = statistics.Rule;
        var saved = new PhotosCheckpoint(
            checkpoint,
            new PhotosRun(
                plan.Lambda,
                plan.Adaptation,
                plan.Epochs,
                plan.Seed,
                photos.Count,
                set.Digest.Hex,
                [.. plan.Groups.SelectMany(group => group.Steps)],
                [.. plan.Groups.Select(group => group.Coded)]
            )
            {
                PredictColours = plan.PredictColours,
            }
        );
        List<QualityDraft> drafts = saved.Resume(rule, display);
        int quality = 0;
        foreach (QualityGroup group in plan.Groups)
        {
            QualityDraft? first = null;
            foreach (double wanted in group.Steps)
            {
                double step = StepDesign.ReachWhite(rule.Steps!, wanted);
                if (quality == drafts.Count)
                {
                    drafts.Add(
                        display.Run(
                            $"Quality {quality}",
                            progress =>
                            {
                                // Choose transforms by an estimate of their bits; choosing by the prior, as an encoder does, trains no
                                // better.
                                var choice = new TransformChoice(rule, new LatentSteps(rule, group.Coded, (float)step));
                                Raster[] used = [.. photos.Where((_, index) => index % group.Spacing == 0), .. set.Thumbnails];
                                ImageLatents[] latents = PhotoAnalysis.Run(used, encoder, choice, cancellationToken);
                                return first is null
                                    ? FitFirst(NewDraft(), latents, plan, progress, cancellationToken)
                                    : FitNext(first.At(step), latents, plan, progress, cancellationToken);
                            }
                        )
                    );
                    saved.Save(drafts);

                    QualityDraft NewDraft() =>
                        new(
                            LappedTransform.Coefficients,
                            Trellis.EightStates,
                            step,
                            plan.Lambda,
                            QualityDraft.StaticBiases(statistics.Variances, step, group.Coded),
                            rule
                        );
                }

                first ??= drafts[quality];
                quality++;
            }
        }

        var unfiltered = new TrainedGrid(colours, drafts, Filter: null);
        return unfiltered with
        {
            Filter = display.Run("Post-filter", progress => FilterTraining.Fit(unfiltered, set, start: null, progress, cancellationToken)),
        };
    }

    /// <summary>Fits the first quality of a group, and the weights that the group shares.</summary>
    private static QualityDraft FitFirst(
        QualityDraft draft,
        ImageLatents[] latents,
        PhotosPlan plan,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        QualityFit fit = Fit(draft, latents);
        fit.Count(RoughRounds, rough: true, cancellationToken);
        for (int round = 0; round < Rates.Length; round++)
        {
            int done = round;
            fit.TrainContexts(
                ContextSchedule.Grid(plan.Epochs, Rates[round]),
                frozen: false,
                plan.Seed + round,
                part => progress((done + part) / Rates.Length),
                cancellationToken
            );
            fit.Count(round < Rates.Length - 1 ? MiddleRounds : LastRounds, rough: false, cancellationToken);
        }

        return draft;
    }

    /// <summary>Fits a further quality of a group.</summary>
    private static QualityDraft FitNext(
        QualityDraft draft,
        ImageLatents[] latents,
        PhotosPlan plan,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        QualityFit fit = Fit(draft, latents);
        fit.Count(1, rough: true, cancellationToken);
        fit.TrainContexts(ContextSchedule.Grid(epochs: 1, Rates[^1]), frozen: true, plan.Seed, progress, cancellationToken);
        fit.Count(LastRounds, rough: false, cancellationToken);
        return draft;
    }

    private static QualityFit Fit(QualityDraft draft, ImageLatents[] latents)
    {
        int spacing = Math.Max(1, latents.Length / RoughPhotos);
        return new QualityFit(draft, latents, [.. latents.Where((_, index) => index % spacing == 0)]);
    }
}
