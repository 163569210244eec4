using Codec.Entropy;
using Codec.Images;
using Codec.Quantization;
using Codec.Trainer.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>
/// What a model of photographs takes from the statistics of its photographs: the order of its coefficients, and the predictors.
/// </summary>
/// <param name="Rule">The grid's rule.</param>
/// <param name="Variances">[K]: of the coefficients in their order, in units of their steps.</param>
internal sealed record PhotoStatistics(GridRule Rule, float[] Variances)
{
    // One photograph in this many is enough for the order of coefficients and the predictors.
    private const int Spacing = 4;

    /// <summary>Step factors of luminance at a radius of frequency of 3.3 and of 7.3: see <see cref="StepDesign"/>.</summary>
    private static readonly ushort[] Bounds = [948, 1234];

    /// <summary>Measures a part of the photographs.</summary>
    /// <param name="photos">The photographs.</param>
    /// <param name="encoder">The encoder's graph.</param>
    /// <param name="plan">What is trained.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    public static PhotoStatistics Measure(
        IReadOnlyList<Raster> photos,
        byte[] encoder,
        PhotosPlan plan,
        CancellationToken cancellationToken
    )
    {
        ImageLatents[] some = AnalyzeSome(photos, encoder, cancellationToken);
        (int[] order, float[] variances) = Rank(some, plan.PredictColours);
        StepRule steps = StepDesign.Rule(order, LappedTransform.Stride);
        float[] scales = [.. steps.Factors.Select(factor => StepRule.Unit / (float)factor)];
        var rule = new GridRule(
            PhotosPlan.Predicted,
            PhotosPlan.Reach,
            Predictors([.. some.Select(photo => photo.InOrder(order, scales))], order),
            plan.Adaptation,
            LappedTransform.Transforms,
            LappedTransform.Places(order),
            steps,
            plan.PredictColours ? Colours(order) : null
        );
        return new PhotoStatistics(rule, variances);
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

    private static Raster[] Some(IReadOnlyList<Raster> photos) => [.. photos.Where((_, index) => index % Spacing == 0)];

    /// <summary>Names, for each latent of a colour, those of the same function that it is predicted from.</summary>
    private static ColourRule Colours(int[] order)
    {
        var latentOf = new ushort[order.Length];
        for (int i = 0; i < order.Length; i++)
            latentOf[order[i]] = (ushort)i;
        return new ColourRule(
            [.. order.Select(coefficient => Of(coefficient, colour: 0, least: 1))],
            [.. order.Select(coefficient => Of(coefficient, colour: 1, least: 2))],
            [.. Bounds]
        );

        ushort Of(int coefficient, int colour, int least)
        {
            int own = coefficient % LappedTransform.Colours;
            return own < least ? ColourRule.None : latentOf[coefficient - own + colour];
        }
    }

    /// <summary>
    /// Orders the coefficients: first those that are predicted from the neighbours, then the others by descending variance, but a colour
    /// that is predicted after those that it is predicted from.
    /// </summary>
    private static (int[] Order, float[] Variances) Rank(ImageLatents[] some, bool predictColours)
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

        // The sort is stable, and a colour has at most the rank of the one before.
        double[] ranks = [.. sums];
        for (int i = 0; i < all; i++)
        {
            if (predictColours && i % LappedTransform.Colours > 0)
                ranks[i] = Math.Min(ranks[i], ranks[i - 1]);
        }

        // The first three coefficients are the means of the colours.
        int[] order = [.. natural[..PhotosPlan.Predicted], .. natural[PhotosPlan.Predicted..].OrderByDescending(i => ranks[i])];
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
}
