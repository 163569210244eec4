using System.Numerics.Tensors;
using Codec.Filtering;
using Codec.Images;
using Codec.Perception;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Codec.Trainer.Photos;

/// <summary>
/// Moves a filter's weights from those of the least squared error towards those of the best SSIMULACRA 2. Near the former, a small step
/// changes the squared error in proportion to its square, but the score in proportion to its length: some of the score is almost free.
/// </summary>
/// <remarks>
/// Natural gradient ascent (Amari 1998) with momentum: the length of a step is the squared error that it adds, so that all directions which
/// cost as much are as long. The rate is divided by the root mean square of recent gradients, as in Adam (Kingma and Ba 2014), of all
/// weights of a plane together.
/// </remarks>
/// <param name="design">The filter's design.</param>
/// <param name="step">The quality's step.</param>
/// <param name="statistics">The sums of all images; its targets are overwritten.</param>
/// <param name="images">The images.</param>
internal sealed class FilterRefinement(FilterDesign design, float step, FilterStatistics statistics, IReadOnlyList<DecodedImage> images)
{
    /// <summary>The points of SSIMULACRA 2 that twice as large a squared error must gain.</summary>
    private const double PointsPerError = 10;

    // Few pixels determine few weights: one step for so many, at most so many steps.
    private const int PixelsPerStep = 4096;
    private const int FewestSteps = 10;
    private const int MostSteps = 100;
    private const int Batch = 8;

    // Of each step, in grey levels of error for each weight.
    private const double Rate = 0.003;
    private const double Momentum = 0.9;
    private const double Memory = 0.99;

    // Directions that hardly change an image are not followed: regularization, relative to the mean of the diagonal.
    private const double Ridge = 1e-4;

    // The largest part of an image that a step looks at.
    private const int Side = 192;

    /// <summary>Refines weights.</summary>
    /// <param name="weights">Those of the least squared error, by plane, in the order of <see cref="FilterDesign.Fitted"/>.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    public FilterQuality Run(IReadOnlyList<double[]> weights, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        int steps = (int)Math.Clamp(statistics.Pixels / PixelsPerStep, FewestSteps, MostSteps);
        PlaneAscent[] planes = [.. weights.Select((fitted, plane) => new PlaneAscent(statistics, plane, fitted, steps))];
        FilterStatistics[] shares = [.. Enumerable.Range(0, Batch).Select(_ => FilterDesign.Statistics(step))];
        var random = new Random(0);
        for (int taken = 0; taken < steps; taken++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FilterQuality filter = FilterDesign.Pack(step, [.. planes.Select(plane => plane.Weights)]);
            DecodedImage[] parts = [.. shares.Select(_ => Part(images[random.Next(images.Count)], random))];
            Parallel.For(0, Batch, n => AddGradient(filter, parts[n], shares[n]));
            foreach (FilterStatistics share in shares[1..])
                shares[0].MergeTargets(share);
            foreach (PlaneAscent plane in planes)
                plane.Step(shares[0], taken);
        }

        return FilterDesign.Pack(step, [.. planes.Select(plane => plane.Weights)]);
    }

    private void AddGradient(FilterQuality filter, DecodedImage part, FilterStatistics sums)
    {
        ImageSize size = part.Original.Size;
        float[] filtered = design.Apply(filter, size, part.Planes);
        var gradient = new float[filtered.Length];
        Ssimulacra2Score.Differentiate(Ssimulacra2Score.Prepare(part.Original), filtered, size.Width, size.Height, gradient);
        sums.AddTargets(size.Width, size.Height, design.TurnGradient(gradient), part.Planes);
    }

    private static DecodedImage Part(DecodedImage image, Random random)
    {
        DecodedImage shortened = image.Shortened(random.Next(4));
        ImageSize size = shortened.Original.Size;
        (int width, int height) = (Math.Min(Side, size.Width), Math.Min(Side, size.Height));
        return shortened.Cut(random.Next(size.Width - width + 1), random.Next(size.Height - height + 1), width, height);
    }

    /// <summary>The weights of one plane.</summary>
    private sealed class PlaneAscent
    {
        private readonly int _plane;
        private readonly int _steps;
        private readonly int[] _fitted;
        private readonly double[] _start;
        private readonly Tensor _products;
        private readonly Tensor _inverse;
        private readonly double _pull;
        private readonly double[] _momentum;
        private double _square;

        public PlaneAscent(FilterStatistics statistics, int plane, double[] weights, int steps)
        {
            (_plane, _start, Weights, _steps) = (plane, weights, [.. weights], steps);
            _fitted = FilterDesign.Fitted(plane);
            _momentum = new double[weights.Length];
            // The error of a pixel that a step w adds is wᵀ · products · w.
            Tensor indices = from_array(_fitted).to(int64);
            int all = statistics.Targets[plane].Length;
            Tensor products = statistics.Products[plane].ToTensor(all, all).index_select(0, indices).index_select(1, indices);
            _products = products.div(Math.Max(1, statistics.Pixels));
            double ridge = Ridge * _products.trace().item<double>() / _fitted.Length + double.Epsilon;
            _products.add_(eye(_fitted.Length, dtype: float64).mul(ridge));
            _inverse = linalg.inv(_products);
            _pull = 2 * PointsPerError * statistics.Pixels / Math.Max(double.Epsilon, statistics.SquaredError);
        }

        public double[] Weights { get; }

        /// <summary>Takes a step.</summary>
        /// <param name="sums">The sums of the batch's gradients, as targets.</param>
        /// <param name="taken">The number of steps before.</param>
        public void Step(FilterStatistics sums, int taken)
        {
            using DisposeScope scope = NewDisposeScope();
            double[] gradient = [.. _fitted.Select(i => sums.Targets[_plane][i] / Batch)];
            double[] direction = Multiply(_inverse, gradient);
            for (int i = 0; i < direction.Length; i++)
                direction[i] -= _pull * (Weights[i] - _start[i]);
            // The mean of the squared gradient in the directions of equal cost.
            double square = TensorPrimitives.Dot<double>(direction, Multiply(_products, direction)) / direction.Length;
            for (int i = 0; i < direction.Length; i++)
                _momentum[i] += (1 - Momentum) * (direction[i] - _momentum[i]);
            _square += (1 - Memory) * (square - _square);
            double rate =
                Rate
                * LearningRates.Cosine((double)taken / _steps)
                / (1 - Math.Pow(Momentum, taken + 1))
                / Math.Sqrt(_square / (1 - Math.Pow(Memory, taken + 1)) + double.Epsilon);
            for (int i = 0; i < Weights.Length; i++)
                Weights[i] += rate * _momentum[i];
            sums.Targets[_plane].AsSpan().Clear();
        }

        private static double[] Multiply(Tensor matrix, double[] vector) =>
            [.. matrix.matmul(vector.ToTensor(vector.Length)).data<double>()];
    }
}
