using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Report;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>
/// "This is PCA": compares, over code sizes, the dense autoencoder's subspace with the principal one, and its error with the floor.
/// </summary>
internal sealed class PrincipalComponentsExperiment() : Experiment("pca", "This is PCA")
{
    private static readonly int[] FloorSizes = [8, 16, 32, 64, 100, 128, 200, 300, 500, 1000];
    private static readonly int[] ArticleSizes = [8, 32, 100, 1000];
    private static readonly int[] ProductSizes = [8, 32, 100, 300, 1000];

    /// <summary>The held-out faces' mean squared error under the first principal components, for samples that span 1.</summary>
    /// <param name="workshop">The faces.</param>
    /// <param name="sizes">Code sizes.</param>
    public static double[] Floor(Workshop workshop, IReadOnlyList<int> sizes) =>
        Floor(workshop.Components, workshop.Test, workshop.Geometry, sizes);

    /// <summary>The mean squared error of images under the first principal components, for samples that span 1.</summary>
    /// <param name="components">The components.</param>
    /// <param name="images">[N, D], scaled.</param>
    /// <param name="geometry">The scaling.</param>
    /// <param name="sizes">Code sizes.</param>
    public static double[] Floor(PrincipalComponents components, Tensor images, ImageGeometry geometry, IReadOnlyList<int> sizes)
    {
        using DisposeScope scope = NewDisposeScope();
        // The basis is orthonormal, so the error is the energy that the latents do not contain.
        Tensor mean = components.Mean.ToTensor(components.Samples).mul_(geometry.Scale).add_(geometry.Offset);
        Tensor centred = images.sub(mean); // [N, D]
        Tensor latents = centred.matmul(components.Basis.ToTensor(components.Count, components.Samples).t());
        double[] energies = [.. latents.square().mean([0L], type: float64).data<double>()];
        double all = centred.square().sum(1).mean([], type: float64).item<double>();
        return [.. sizes.Select(size => (all - energies.Take(size).Sum()) / components.Samples)];
    }

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        int[] Fitting(int[] sizes) => [.. sizes.Where(size => size <= workshop.Components.Count)];
        int[] floorSizes = Fitting(FloorSizes);
        double[] floor = Floor(workshop, floorSizes);
        Measured[] article =
        [
            .. Fitting(ArticleSizes).Select(size => Measure(workshop, DenseExperiment.Article(workshop, size, cancellationToken))),
        ];
        Measured[] product =
        [
            .. Fitting(ProductSizes).Select(size => Measure(workshop, DenseExperiment.Product(workshop, size, cancellationToken))),
        ];
        double At(int size) => floor[Array.IndexOf(floorSizes, size)];
        string[] Row((int Size, double Floor) point) =>
            [
                Text($"{point.Size:N0}"),
                Mse(point.Floor),
                .. Cells(article.SingleOrDefault(run => run.Size == point.Size), point.Floor),
                .. Cells(product.SingleOrDefault(run => run.Size == point.Size), point.Floor),
            ];

        byte[] plot = LinePlot.Draw(
            "code size",
            "held-out mean squared error",
            [
                new Curve("principal components: the floor", [.. floorSizes.Select(size => (double)size)], floor),
                new Curve(
                    "the article's settings",
                    [.. article.Select(run => (double)run.Size)],
                    [.. article.Select(run => run.Mse)],
                    PointsOnly: true
                ),
                new Curve(
                    "the trainer's schedule",
                    [.. product.Select(run => (double)run.Size)],
                    [.. product.Select(run => run.Mse)],
                    PointsOnly: true
                ),
            ],
            logarithmic: true
        );
        return new Section
        {
            Text =
            [
                "The best codes of a linear autoencoder under mean squared error span the space of the principal components (Baldi and Hornik 1989). The angles measure how close the trained decoder's space is; 0° is the same space. The largest angle is that of the direction that agrees least. Adjacent components have nearly the same variance and are almost interchangeable, so this angle can stay large while the error is at the floor.",
            ],
            Comparisons =
            [
                new(
                    "mean angle between the two spaces, code 32",
                    "“this is PCA”: 0°",
                    Text(
                        $"{article.Single(run => run.Size == 32).MeanAngle:0.0}° with the article's settings, {product.Single(run => run.Size == 32).MeanAngle:0.0}° with the trainer's schedule"
                    )
                ),
            ],
            Table = new TextTable(
                [
                    "code size",
                    "principal components: test MSE",
                    "the article's settings",
                    "angle: mean, largest",
                    "the trainer's schedule",
                    "angle: mean, largest",
                ],
                [.. floorSizes.Zip(floor).Select(Row)]
            ),
            Illustrations = [workshop.Plot("pca", plot, "Held-out error by code size.")],
            Figures = product.ToDictionary(run => $"pca.ratio_k{run.Size}", run => run.Mse / At(run.Size)),
        };
    }

    private static string[] Cells(Measured? run, double floor) =>
        run is null
            ? ["", ""]
            : [Text($"{Mse(run.Mse)}, {run.Mse / floor:0.000} × the floor"), Text($"{run.MeanAngle:0.0}°, {run.LargestAngle:0.0}°")];

    private static Measured Measure(Workshop workshop, NetworkTraining<DenseAutoencoder> training)
    {
        using (training)
        {
            LinearPair pair = training.Network.ToPair();
            double[] angles = Angles(pair, workshop.Components);
            return new Measured(pair.Latents, training.History[^1].ValidationLoss, angles.Average(), angles.Max());
        }
    }

    /// <summary>
    /// The principal angles between the decoder's space and that of the same number of components, in degrees (Björck and Golub 1973).
    /// </summary>
    private static double[] Angles(LinearPair pair, PrincipalComponents components)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor decoder = linalg.qr(pair.DecoderWeights.ToTensor(pair.Latents, pair.Samples).t().to(float64)).Q; // [D, K]
        Tensor basis = components.Basis.ToTensor(components.Count, components.Samples).narrow(0, 0, pair.Latents).to(float64); // [K, D]
        Tensor cosines = linalg.svdvals(basis.matmul(decoder)).clamp_(0, 1);
        return [.. cosines.acos().mul_(180 / Math.PI).data<double>()];
    }

    private sealed record Measured(int Size, double Mse, double MeanAngle, double LargestAngle);
}
