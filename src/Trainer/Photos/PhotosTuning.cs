using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Trainer.Display;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;

namespace Codec.Trainer.Photos;

/// <summary>
/// Fine-tunes a published model of photographs on others: prior and post-filter start from the model's; transform, steps and predictors
/// stay as they are (ADR 33).
/// </summary>
internal sealed class PhotosTuning(StageDisplay display, Checkpoint checkpoint)
{
    private const int Rounds = 2;
    private const int Epochs = 1;
    private const double Rate = 0.0015;

    // With fewer blocks than this for each weight of a latent's row, the weights between latents stay as they are.
    private const int BlocksPerLatent = 100;

    // High qualities have so many symbols that half of many photographs determine their tables.
    private const int ManyPhotos = 200;
    private const int ManyCoded = 448;

    /// <summary>Fine-tunes the model. Qualities that the checkpoint holds are not trained again.</summary>
    /// <param name="start">The model.</param>
    /// <param name="set">The training images.</param>
    /// <param name="seed">Seed of the order of batches.</param>
    /// <param name="cancellationToken">Stops the training; qualities that are complete stay in the checkpoint.</param>
    /// <exception cref="TrainingStoppedException">The checkpoint belongs to another run.</exception>
    public TrainedGrid Run(StartModel start, PhotoSet set, int seed, CancellationToken cancellationToken)
    {
        TorchThreads.SetStandard();
        GridRule rule = start.Tables.Grid!;
        byte[] encoder = LappedTransform.Encoder(PhotosTraining.Window, ColourAxes.Standard.Analysis);
        IReadOnlyList<QualityEntry> qualities = start.Package.Manifest.Qualities;
        var saved = new PhotosCheckpoint(
            checkpoint,
            new PhotosRun(
                qualities[0].Lambda,
                rule.Adaptation,
                Epochs,
                seed,
                set.Photos.Count,
                set.Digest.Hex,
                [.. qualities.Select(quality => (double)quality.Step)],
                [.. start.Tables.Qualities.Select(quality => quality.Coded)]
            )
            {
                Start = start.Package.Version.Hex,
            }
        );
        List<QualityDraft> drafts = saved.Resume(rule, display);
        while (drafts.Count < qualities.Count)
        {
            int quality = drafts.Count;
            drafts.Add(
                display.Run(
                    $"Quality {quality}",
                    progress =>
                    {
                        QualityDraft draft = start.Draft(quality);
                        if (start.SharesWeights(quality))
                            draft.ShareWeights(drafts[quality - 1]);
                        var choice = new TransformChoice(rule, new LatentSteps(rule, draft.Coded, (float)draft.Step));
                        int spacing = set.Photos.Count >= ManyPhotos && draft.Coded > ManyCoded ? 2 : 1;
                        Raster[] used = [.. set.Photos.Where((_, index) => index % spacing == 0)];
                        ImageLatents[] latents = PhotoAnalysis.Run(used, encoder, choice, cancellationToken);
                        bool frozen =
                            start.SharesWeights(quality) || latents.Sum(photo => (long)photo.Blocks) < BlocksPerLatent * draft.Coded;
                        var fit = new QualityFit(draft, latents, latents);
                        fit.TrainContexts(ContextSchedule.Grid(Epochs, Rate), frozen, seed, progress, cancellationToken);
                        fit.Count(Rounds, rough: false, cancellationToken);
                        return draft;
                    }
                )
            );
            saved.Save(drafts);
        }

        var unfiltered = new TrainedGrid(ColourAxes.Standard, drafts, Filter: null);
        return unfiltered with
        {
            Filter = display.Run("Post-filter", progress => FilterTraining.Fit(unfiltered, set, start.Filter, progress, cancellationToken)),
        };
    }
}
