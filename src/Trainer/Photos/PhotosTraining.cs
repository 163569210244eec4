using Codec.Entropy;
using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Trainer.Display;
using Codec.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>
/// Trains a model of photographs of any size: a lapped transform over colours measured on the photographs, and a prior fitted, quality by
/// quality, to the symbols that the encoder's search chooses (ADR 10).
/// </summary>
internal sealed class PhotosTraining(StageDisplay display, Checkpoint checkpoint)
{
    /// <summary>How windows reach the encoder's graph: 8-bit samples around zero.</summary>
    public static readonly ImageGeometry Window = new(LappedTransform.Window, LappedTransform.Window, 3, 1, -128);

    // Rounds over a part of the photographs until a quality's tables are near, and over all of them at the end.
    private const int RoughRounds = 3;
    private const int LastRounds = 2;

    // Contexts are trained, the tables counted anew under them, and both once more.
    private static readonly double[] Rates = [0.004, 0.0015];

    // Every so manyth photograph is enough for the order of coefficients, the prediction of means, and the filter.
    private const int StatisticsSpacing = 4;

    /// <summary>Trains, and gives what a model is made of. What a checkpoint holds already is not trained again.</summary>
    /// <param name="set">What to learn from.</param>
    /// <param name="plan">What to train.</param>
    /// <param name="cancellationToken">Stops; qualities that are complete stay in the checkpoint.</param>
    /// <exception cref="TrainingStoppedException">The checkpoint belongs to another run.</exception>
    public TrainedGrid Run(PhotoSet set, PhotosPlan plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<Raster> photos = set.Photos;
        set_num_threads(Environment.ProcessorCount);
        double[,] colours = ColourBasis.Fit(photos);
        byte[] encoder = LappedTransform.Encoder(Window, colours);
        PhotoLatents[] some = display.Run("Statistics of the coefficients", _ => AnalyseSome(photos, encoder, cancellationToken));
        (int[] order, float[] variances) = Rank(some);
        var rule = new GridRule(
            PhotosPlan.Predicted,
            PhotosPlan.Reach,
            Predictors([.. some.Select(photo => photo.InOrder(order))]),
            plan.Adaptation,
            LappedTransform.Transforms,
            LappedTransform.Places(order)
        );

        var run = new RunDescription(
            plan.Lambda,
            plan.Adaptation,
            plan.Epochs,
            plan.Seed,
            photos.Count,
            [.. plan.Groups.SelectMany(group => group.Steps)],
            [.. plan.Groups.Select(group => group.Coded)]
        );
        List<GridDraft> drafts = Resume(run, rule);
        int quality = 0;
        foreach (QualityGroup group in plan.Groups)
        {
            GridDraft? first = null;
            foreach (double step in group.Steps)
            {
                if (quality == drafts.Count)
                {
                    drafts.Add(
                        display.Run(
                            $"Quality {quality}",
                            progress =>
                            {
                                var fit = new GridFit(rule, photos, encoder);
                                return first is null
                                    ? FitFirst(fit, variances, step, group.Coded, plan, progress, cancellationToken)
                                    : FitNext(fit, first, step, plan, progress, cancellationToken);
                            }
                        )
                    );
                    Save(run, drafts);
                }

                first ??= drafts[quality];
                quality++;
            }
        }

        var unfiltered = new TrainedGrid(colours, rule, drafts, Filter: null);
        return unfiltered with
        {
            Filter = display.Run(
                "Post-filter",
                progress => FitFilter(unfiltered.ToModel("unfiltered", set, plan), colours, Some(photos), progress, cancellationToken)
            ),
        };
    }

    private static GridDraft FitFirst(
        GridFit fit,
        float[] variances,
        double step,
        int coded,
        PhotosPlan plan,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        GridDraft draft = fit.Begin(variances, step, plan.Lambda, coded);
        fit.ChooseTransforms(coded, step, cancellationToken);
        fit.Count(draft, RoughRounds, few: true, cancellationToken);
        for (int round = 0; round < Rates.Length; round++)
        {
            int done = round;
            fit.TrainContexts(
                draft,
                plan.Epochs,
                Rates[round],
                frozen: false,
                plan.Seed + round,
                part => progress((done + part) / Rates.Length),
                cancellationToken
            );
            fit.Count(draft, LastRounds, few: false, cancellationToken);
        }

        return draft;
    }

    private static GridDraft FitNext(
        GridFit fit,
        GridDraft first,
        double step,
        PhotosPlan plan,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        GridDraft draft = fit.Begin(first, step);
        fit.ChooseTransforms(draft.Block.Coded, step, cancellationToken);
        fit.Count(draft, 1, few: true, cancellationToken);
        fit.TrainContexts(draft, 1, Rates[^1], frozen: true, plan.Seed, progress, cancellationToken);
        fit.Count(draft, LastRounds, few: false, cancellationToken);
        return draft;
    }

    /// <summary>Coefficients of a part of the photographs, in their natural order, of the first transform.</summary>
    private static PhotoLatents[] AnalyseSome(IReadOnlyList<Raster> photos, byte[] encoder, CancellationToken cancellationToken)
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
        var choice = new TransformChoice(first, LappedTransform.Coefficients, step: 1);
        return PhotoLatents.Analyse(Some(photos), encoder, choice, cancellationToken);
    }

    private static Raster[] Some(IReadOnlyList<Raster> photos) => [.. photos.Where((_, index) => index % StatisticsSpacing == 0)];

    private static PostFilter FitFilter(
        ModelPackage unfiltered,
        double[,] colours,
        Raster[] photos,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        using CodecModel model = CodecModel.Load(unfiltered);
        return new FilterTraining(model, [.. colours.Cast<double>().Select(weight => (float)weight)], photos).Run(
            progress,
            cancellationToken
        );
    }

    /// <summary>Coefficients by falling variance, behind those that are predicted.</summary>
    private static (int[] Order, float[] Variances) Rank(PhotoLatents[] some)
    {
        const int all = LappedTransform.Coefficients;
        int[] natural = [.. Enumerable.Range(0, all)];
        var sums = new double[all];
        foreach (PhotoLatents photo in some)
        {
            for (int i = 0; i < photo.Values.Length; i++)
                sums[i % all] += (double)photo.Values[i] * photo.Values[i];
        }

        // The first three coefficients are the means of the colours.
        int[] order = [.. natural[..PhotosPlan.Predicted], .. natural[PhotosPlan.Predicted..].OrderByDescending(i => sums[i])];
        double blocks = some.Sum(photo => (double)photo.Blocks);
        return (order, [.. order.Select(i => (float)(sums[i] / blocks))]);
    }

    /// <summary>Least squares over all blocks that have every neighbour.</summary>
    /// <param name="photos">Latents in the order of coding.</param>
    private static short[] Predictors(IEnumerable<PhotoLatents> photos)
    {
        const int reach = PhotosPlan.Reach,
            count = Prior.Neighbours * reach;
        using DisposeScope scope = NewDisposeScope();
        Tensor products = zeros([count, count], float64),
            targets = zeros([count, reach], float64);
        foreach (PhotoLatents photo in photos.Where(photo => photo is { Rows: > 1, Columns: > 2 }))
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor latents = from_array(photo.Values).reshape(photo.Rows, photo.Columns, -1).narrow(2, 0, reach).to(float64);
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

        // The smallest of penalties, for a set so small that it does not determine them.
        products.add_(eye(count, dtype: float64).mul(1e-9 * products.trace().item<double>()));
        double[] weights = [.. linalg.solve(products, targets).contiguous().data<double>()];
        return
        [
            .. weights.Select(weight => (short)Math.Clamp(Math.Round(weight * (1 << Prior.PredictorBits)), short.MinValue, short.MaxValue)),
        ];
    }

    private List<GridDraft> Resume(RunDescription run, GridRule rule)
    {
        var drafts = new List<GridDraft>();
        if (!checkpoint.Exists)
            return drafts;
        var read = new Dictionary<string, Action<Stream>> { ["qualities"] = stream => drafts.AddRange(GridDraft.ReadAll(stream, rule)) };
        RunDescription saved = checkpoint.Load<RunDescription>(read);
        return saved.Equals(run)
            ? drafts
            : throw new TrainingStoppedException($"The checkpoint {checkpoint.Path} belongs to another run; delete it to begin anew.");
    }

    private void Save(RunDescription run, List<GridDraft> drafts) =>
        checkpoint.Save(run, new Dictionary<string, Action<Stream>> { ["qualities"] = stream => GridDraft.WriteAll(stream, drafts) });

    /// <summary>What must be the same for a run to be resumed.</summary>
    private sealed record RunDescription(double Lambda, int Adaptation, int Epochs, int Seed, int Photos, double[] Steps, int[] Coded)
    {
        public bool Equals(RunDescription? other) =>
            other is not null
            && (Lambda, Adaptation, Epochs, Seed, Photos) == (other.Lambda, other.Adaptation, other.Epochs, other.Seed, other.Photos)
            && Steps.SequenceEqual(other.Steps)
            && Coded.SequenceEqual(other.Coded);

        public override int GetHashCode() => HashCode.Combine(Lambda, Adaptation, Epochs, Seed, Photos);
    }
}
