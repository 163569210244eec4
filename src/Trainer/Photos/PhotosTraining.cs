using Codec.Entropy;
using Codec.Imaging;
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

    // Every so manyth photograph is enough for variances.
    private const int VarianceSpacing = 4;

    /// <summary>Trains, and gives what a model is made of. What a checkpoint holds already is not trained again.</summary>
    /// <param name="photos">Of three channels.</param>
    /// <param name="plan">What to train.</param>
    /// <param name="cancellation">Stops; qualities that are complete stay in the checkpoint.</param>
    /// <exception cref="TrainingStoppedException">The checkpoint belongs to another run.</exception>
    public TrainedGrid Run(IReadOnlyList<PixelImage> photos, PhotosPlan plan, CancellationToken cancellation)
    {
        set_num_threads(Environment.ProcessorCount);
        double[,] colours = ColourBasis.Fit(photos);
        (int[] order, float[] variances) = display.Run("Order of the coefficients", _ => Rank(photos, colours, cancellation));
        byte[] encoder = LappedTransform.Encoder(Window, colours, order);
        PhotoLatents[] latents = display.Run("Latents of the photographs", _ =>
            PhotoLatents.Analyse(photos, encoder, Window, LappedTransform.Stride, order.Length, cancellation));
        var rule = new GridRule(PhotosPlan.Predicted, Predictors(latents), plan.Adaptation);

        var run = new RunDescription(plan.Lambda, plan.Adaptation, plan.Epochs, plan.Seed, photos.Count, [.. plan.Groups.SelectMany(group => group.Steps)], [.. plan.Groups.Select(group => group.Coded)]);
        List<GridDraft> drafts = Resume(run);
        var fit = new GridFit(rule, latents);
        int quality = 0;
        foreach (QualityGroup group in plan.Groups)
        {
            GridDraft? first = null;
            foreach (double step in group.Steps)
            {
                if (quality == drafts.Count)
                {
                    drafts.Add(display.Run($"Quality {quality}", progress => first is null
                        ? FitFirst(fit, variances, step, group.Coded, plan, progress, cancellation)
                        : FitNext(fit, first, step, plan, progress, cancellation)));
                    Save(run, drafts);
                }

                first ??= drafts[quality];
                quality++;
            }
        }

        return new TrainedGrid(colours, order, rule, drafts);
    }

    private static GridDraft FitFirst(
        GridFit fit, ReadOnlySpan<float> variances, double step, int coded, PhotosPlan plan, Action<double> progress, CancellationToken cancellation)
    {
        GridDraft draft = GridFit.Begin(variances, step, plan.Lambda, coded);
        fit.Count(draft, RoughRounds, few: true, cancellation);
        for (int round = 0; round < Rates.Length; round++)
        {
            int done = round;
            fit.TrainContexts(draft, plan.Epochs, Rates[round], frozen: false, plan.Seed + round, part => progress((done + part) / Rates.Length), cancellation);
            fit.Count(draft, LastRounds, few: false, cancellation);
        }

        return draft;
    }

    private static GridDraft FitNext(GridFit fit, GridDraft first, double step, PhotosPlan plan, Action<double> progress, CancellationToken cancellation)
    {
        GridDraft draft = GridFit.Begin(first, step);
        fit.Count(draft, 1, few: true, cancellation);
        fit.TrainContexts(draft, 1, Rates[^1], frozen: true, plan.Seed, progress, cancellation);
        fit.Count(draft, LastRounds, few: false, cancellation);
        return draft;
    }

    /// <summary>Coefficients by falling variance, behind those that are predicted.</summary>
    private static (int[] Order, float[] Variances) Rank(IReadOnlyList<PixelImage> photos, double[,] colours, CancellationToken cancellation)
    {
        const int all = LappedTransform.Coefficients;
        int[] natural = [.. Enumerable.Range(0, all)];
        PhotoLatents[] some = PhotoLatents.Analyse(
            [.. photos.Where((_, index) => index % VarianceSpacing == 0)], LappedTransform.Encoder(Window, colours, natural), Window, LappedTransform.Stride, all, cancellation);
        var sums = new double[all];
        foreach (PhotoLatents photo in some)
        {
            for (int i = 0; i < photo.Values.Length; i++) sums[i % all] += (double)photo.Values[i] * photo.Values[i];
        }

        // The first three coefficients are the means of the colours.
        int[] order = [.. natural[..PhotosPlan.Predicted], .. natural[PhotosPlan.Predicted..].OrderByDescending(i => sums[i])];
        double blocks = some.Sum(photo => (double)photo.Blocks);
        return (order, [.. order.Select(i => (float)(sums[i] / blocks))]);
    }

    /// <summary>Least squares over all blocks that have every neighbour.</summary>
    private static sbyte[] Predictors(IEnumerable<PhotoLatents> photos)
    {
        const int count = Prior.Neighbours;
        var products = new double[PhotosPlan.Predicted][,];
        var targets = new double[PhotosPlan.Predicted][];
        for (int latent = 0; latent < PhotosPlan.Predicted; latent++) (products[latent], targets[latent]) = (new double[count, count], new double[count]);
        var neighbours = new double[count];
        foreach (PhotoLatents photo in photos)
        {
            for (int block = photo.Columns; block < photo.Blocks; block++)
            {
                if (block % photo.Columns == 0 || block % photo.Columns == photo.Columns - 1) continue;
                for (int latent = 0; latent < PhotosPlan.Predicted; latent++)
                {
                    neighbours[0] = photo[block - 1][latent];
                    neighbours[1] = photo[block - photo.Columns][latent];
                    neighbours[2] = photo[block - photo.Columns - 1][latent];
                    neighbours[3] = photo[block - photo.Columns + 1][latent];
                    for (int a = 0; a < count; a++)
                    {
                        targets[latent][a] += neighbours[a] * photo[block][latent];
                        for (int b = 0; b < count; b++) products[latent][a, b] += neighbours[a] * neighbours[b];
                    }
                }
            }
        }

        using DisposeScope scope = NewDisposeScope();
        return
        [
            .. Enumerable.Range(0, PhotosPlan.Predicted).SelectMany(latent => linalg.solve(from_array(products[latent]), from_array(targets[latent])).data<double>())
                .Select(weight => (sbyte)Math.Clamp(Math.Round(weight * (1 << Prior.PredictorBits)), sbyte.MinValue, sbyte.MaxValue)),
        ];
    }

    private List<GridDraft> Resume(RunDescription run)
    {
        var drafts = new List<GridDraft>();
        if (!checkpoint.Exists) return drafts;
        var read = new Dictionary<string, Action<Stream>> { ["qualities"] = stream => drafts.AddRange(GridDraft.ReadAll(stream)) };
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
        public bool Equals(RunDescription? other) => other is not null
            && (Lambda, Adaptation, Epochs, Seed, Photos) == (other.Lambda, other.Adaptation, other.Epochs, other.Seed, other.Photos)
            && Steps.SequenceEqual(other.Steps) && Coded.SequenceEqual(other.Coded);

        public override int GetHashCode() => HashCode.Combine(Lambda, Adaptation, Epochs, Seed, Photos);
    }
}
