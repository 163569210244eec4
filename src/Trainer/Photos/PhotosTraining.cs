using Codec.Entropy;
using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Trainer.Display;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

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
    private static readonly double[] Rates = [0.004, 0.0015];

    // One photograph in this many is enough for the order of coefficients and the predictors.
    private const int StatisticsSpacing = 4;

    // The filter is fitted to one photograph in this many, of fewer photographs to more of them; half as many others decide where it is
    // kept. Fewer than this decide nothing: a filter that helps them may harm all others.
    private const int FilterSpacing = 12;
    private const int FewestFitted = 16;
    private const int FewestJudges = 8;

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
        ImageLatents[] some = display.Run("Statistics of the coefficients", _ => AnalyzeSome(photos, encoder, cancellationToken));
        (int[] order, float[] variances) = Rank(some);
        StepRule steps = StepDesign.Rule(order, LappedTransform.Stride);
        float[] scales = [.. steps.Factors.Select(factor => StepRule.Unit / (float)factor)];
        var rule = new GridRule(
            PhotosPlan.Predicted,
            PhotosPlan.Reach,
            Predictors([.. some.Select(photo => photo.InOrder(order, scales))], order),
            plan.Adaptation,
            LappedTransform.Transforms,
            LappedTransform.Places(order),
            steps
        );

        var run = new RunDescription(
            plan.Lambda,
            plan.Adaptation,
            plan.Epochs,
            plan.Seed,
            photos.Count,
            set.Digest.Hex,
            [.. plan.Groups.SelectMany(group => group.Steps)],
            [.. plan.Groups.Select(group => group.Coded)]
        );
        List<QualityDraft> drafts = Resume(run, rule);
        int quality = 0;
        foreach (QualityGroup group in plan.Groups)
        {
            QualityDraft? first = null;
            foreach (double wanted in group.Steps)
            {
                double step = StepDesign.ReachWhite(steps, wanted);
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
                                Raster[] used = [.. photos.Where((_, index) => index % group.Spacing == 0)];
                                ImageLatents[] latents = PhotoAnalysis.Run(used, encoder, choice, cancellationToken);
                                return first is null
                                    ? FitFirst(NewDraft(), latents, plan, progress, cancellationToken)
                                    : FitNext(first.At(step), latents, plan, progress, cancellationToken);
                            }
                        )
                    );
                    Save(run, drafts);

                    QualityDraft NewDraft() =>
                        new(
                            LappedTransform.Coefficients,
                            Trellis.EightStates,
                            step,
                            plan.Lambda,
                            QualityDraft.StaticBiases(variances, step, group.Coded),
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
            Filter = display.Run(
                "Post-filter",
                progress => FitFilter(unfiltered.ToModel("unfiltered", set, plan), colours, photos, progress, cancellationToken)
            ),
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

    /// <summary>The first transform's coefficients, in their natural order, of a part of the photographs.</summary>
    private static ImageLatents[] AnalyzeSome(IReadOnlyList<Raster> photos, byte[] encoder, CancellationToken cancellationToken)
    {
        ushort[] natural = LappedTransform.Places([.. Enumerable.Range(0, LappedTransform.Coefficients)]);
        var first = new GridRule(
            PhotosPlan.Predicted,
            PhotosPlan.Reach,
            [],
            Adaptation: 0,
            Transforms: 1,
            natural[..LappedTransform.Coefficients]
        );
        var choice = new TransformChoice(first, new LatentSteps(first, LappedTransform.Coefficients, step: 1));
        return PhotoAnalysis.Run(Some(photos), encoder, choice, cancellationToken);
    }

    private static Raster[] Some(IReadOnlyList<Raster> photos) => [.. photos.Where((_, index) => index % StatisticsSpacing == 0)];

    private static PostFilter? FitFilter(
        ModelPackage unfiltered,
        ColourAxes colours,
        IReadOnlyList<Raster> photos,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        int spacing = Math.Clamp(photos.Count / FewestFitted, 2, FilterSpacing);
        Raster[] fitted = [.. photos.Where((_, index) => index % spacing == 0)],
            judged = [.. photos.Where((_, index) => index % (2 * spacing) == spacing / 2)];
        if (judged.Length < FewestJudges)
            return null;
        using CodecModel model = CodecModel.Load(unfiltered);
        return new FilterTraining(model, colours, fitted, judged).Run(progress, cancellationToken);
    }

    /// <summary>Orders the coefficients: first those that are predicted, then the others by descending variance.</summary>
    private static (int[] Order, float[] Variances) Rank(ImageLatents[] some)
    {
        const int all = LappedTransform.Coefficients;
        int[] natural = [.. Enumerable.Range(0, all)];
        var sums = new double[all];
        foreach (ImageLatents photo in some)
        {
            ReadOnlySpan<float> values = photo.Values.Span;
            for (int i = 0; i < values.Length; i++)
                sums[i % all] += (double)values[i] * values[i];
        }

        ushort[] factors = StepDesign.Rule(natural, LappedTransform.Stride).Factors;
        for (int i = 0; i < all; i++)
            sums[i] *= Math.Pow(StepRule.Unit / (double)factors[i], 2);

        // The first three coefficients are the means of the colours.
        int[] order = [.. natural[..PhotosPlan.Predicted], .. natural[PhotosPlan.Predicted..].OrderByDescending(i => sums[i])];
        double blocks = some.Sum(photo => (double)photo.Blocks);
        return (order, [.. order.Select(i => (float)(sums[i] / blocks))]);
    }

    /// <summary>Fits the predictors by least squares over all blocks that have every neighbour.</summary>
    /// <param name="photos">Latents in the order of coding, in units of their steps.</param>
    /// <param name="order">[K]: the coefficient of each latent, which determines its colour.</param>
    private static short[] Predictors(IReadOnlyList<ImageLatents> photos, int[] order)
    {
        const int reach = PhotosPlan.Reach,
            count = Prior.Neighbours * reach;
        using DisposeScope scope = NewDisposeScope();
        Tensor products = zeros([count, count], float64),
            targets = zeros([count, reach], float64);
        ImageLatents[] inner = [.. photos.Where(photo => photo is { Rows: > 1, Columns: > 2 })];
        // Images of so few blocks have none with every neighbour: nothing is predicted.
        if (inner.Length == 0)
            return new short[count * reach];
        foreach (ImageLatents photo in inner)
        {
            using DisposeScope each = NewDisposeScope();
            Tensor latents = from_array(photo.Values.ToArray()).reshape(photo.Rows, photo.Columns, -1).narrow(2, 0, reach).to(float64);
            Tensor above = latents.narrow(0, 0, photo.Rows - 1),
                here = latents.narrow(0, 1, photo.Rows - 1);
            int inside = photo.Columns - 2;
            Tensor around = cat(
                    [here.narrow(1, 0, inside), above.narrow(1, 1, inside), above.narrow(1, 0, inside), above.narrow(1, 2, inside)],
                    2
                )
                .reshape(-1, count);
            products.add_(around.t().matmul(around));
            targets.add_(around.t().matmul(here.narrow(1, 1, inside).reshape(-1, reach)));
        }

        // A latent is predicted from latents of its own colour only: the colour of a grey image is then predicted as zero.
        var weights = new double[count * reach];
        for (int colour = 0; colour < LappedTransform.Colours; colour++)
        {
            long[] affected = [.. Enumerable.Range(0, reach).Where(i => order[i] % LappedTransform.Colours == colour).Select(i => (long)i)];
            long[] acting = [.. Enumerable.Range(0, Prior.Neighbours).SelectMany(n => affected.Select(i => n * reach + i))];
            Tensor rows = from_array(acting);
            Tensor some = products.index_select(0, rows).index_select(1, rows);
            // Add a tiny penalty, for sets too small to determine all weights.
            some.add_(eye(acting.Length, dtype: float64).mul(1e-9 * some.trace().item<double>() + double.Epsilon));
            double[] solved =
            [
                .. linalg.solve(some, targets.index_select(0, rows).index_select(1, from_array(affected))).contiguous().data<double>(),
            ];
            for (int i = 0; i < solved.Length; i++)
                weights[acting[i / affected.Length] * reach + affected[i % affected.Length]] = solved[i];
        }

        return
        [
            .. weights.Select(weight => (short)Math.Clamp(Math.Round(weight * (1 << Prior.PredictorBits)), short.MinValue, short.MaxValue)),
        ];
    }

    private List<QualityDraft> Resume(RunDescription run, GridRule rule)
    {
        var drafts = new List<QualityDraft>();
        if (!checkpoint.Exists)
            return drafts;
        var read = new Dictionary<string, Action<Stream>> { ["qualities"] = stream => drafts.AddRange(QualityDraft.ReadAll(stream, rule)) };
        RunDescription saved = checkpoint.Load<RunDescription>(read);
        return saved.Equals(run)
            ? drafts
            : throw new TrainingStoppedException(
                $"The checkpoint {checkpoint.Path} belongs to another run, of other photographs or options; --fresh starts again."
            );
    }

    private void Save(RunDescription run, List<QualityDraft> drafts) =>
        checkpoint.Save(run, new Dictionary<string, Action<Stream>> { ["qualities"] = stream => QualityDraft.WriteAll(stream, drafts) });

    /// <summary>The parameters that must be equal for a run to be resumed.</summary>
    private sealed record RunDescription(
        double Lambda,
        int Adaptation,
        int Epochs,
        int Seed,
        int Photos,
        string Data,
        double[] Steps,
        int[] Coded
    )
    {
        public bool Equals(RunDescription? other) =>
            other is not null
            && (Lambda, Adaptation, Epochs, Seed, Photos, Data)
                == (other.Lambda, other.Adaptation, other.Epochs, other.Seed, other.Photos, other.Data)
            && Steps.SequenceEqual(other.Steps)
            && Coded.SequenceEqual(other.Coded);

        public override int GetHashCode() => HashCode.Combine(Lambda, Adaptation, Epochs, Seed, Photos);
    }
}
