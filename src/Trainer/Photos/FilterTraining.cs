using Codec.Filtering;
using Codec.Images;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>
/// Fits a model's post-filter: for each quality and plane, the weights that minimize the squared error between original and decoded images
/// (Wiener 1949).
/// </summary>
/// <param name="model">The model, without a filter.</param>
/// <param name="colours">[3, 3]: orthonormal rows; the first is the luminance.</param>
/// <param name="photos">Training photographs of three channels.</param>
internal sealed class FilterTraining(CodecModel model, float[] colours, IReadOnlyList<Raster> photos)
{
    private const int Planes = 3;

    // Photographs are divided into this many shares, whose sums are added in order, so that the filter does not depend on the number of
    // threads.
    private const int Shares = 8;

    // The bound of clipped differences, in steps.
    private const double Clip = 0.25;

    // Regularization, relative to the mean of the diagonal: it determines weights for which there are no data.
    private const double Ridge = 1e-5;

    private static readonly float[] Nodes = [0.045f, 0.125f, 0.25f, 0.5f, 1.4f];

    private static readonly FilterTap[] Luminance =
    [
        new(0, 1),
        new(1, -1),
        new(1, 0),
        new(1, 1),
        new(0, 2),
        new(2, 0),
        new(0, 3),
        new(3, 0),
        new(0, 4),
        new(4, 0),
        new(3, 3),
        new(3, -3),
    ];
    private static readonly FilterTap[] Chrominance = [new(0, 1), new(1, 0), new(0, 3), new(3, 0)];

    /// <summary>Fits all qualities.</summary>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    public PostFilter Run(Action<double> progress, CancellationToken cancellationToken)
    {
        FilterTap[][] taps = [Luminance, Chrominance, Chrominance];
        int qualities = model.Manifest.Qualities.Count;
        var fitted = new FilterQuality[qualities];
        for (int q = 0; q < qualities; q++)
        {
            fitted[q] = Fit(q, taps, cancellationToken);
            progress((q + 1.0) / qualities);
        }

        return new PostFilter(new FilterTables(colours, Nodes, taps, fitted));
    }

    private FilterQuality Fit(int quality, FilterTap[][] taps, CancellationToken cancellationToken)
    {
        float step = model.Manifest.Qualities[quality].Step,
            clip = (float)(Clip * step);
        var shares = new FilterStatistics[Shares];
        Parallel.For(
            0,
            Shares,
            new ParallelOptions { CancellationToken = cancellationToken },
            share =>
            {
                shares[share] = new FilterStatistics(taps, Nodes, step, clip);
                for (int n = share; n < photos.Count; n += Shares)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Raster photo = photos[n];
                    byte[] restored = model.Decode(model.Encode(photo.Samples, photo.Width, photo.Height, quality), quality).Samples;
                    shares[share].Add(photo.Width, photo.Height, Turn(photo.Samples), Turn(restored));
                }
            }
        );
        foreach (FilterStatistics share in shares[1..])
            shares[0].Merge(share);

        // [nodes · directions, F], plane by plane.
        int gates = Nodes.Length * PostFilter.Directions,
            features = 2 * taps.Sum(plane => plane.Length),
            first = 0;
        var weights = new float[gates * features];
        for (int plane = 0; plane < Planes; plane++)
        {
            int count = 2 * taps[plane].Length;
            double[] solved = Solve(shares[0].Products[plane], shares[0].Targets[plane]);
            for (int i = 0; i < solved.Length; i++)
                weights[i / count * features + first + i % count] = (float)solved[i];
            first += count;
        }

        return new FilterQuality(step, [clip, clip, clip], weights);
    }

    /// <summary>Converts samples to planes of the colour axes: [planes, height, width].</summary>
    private float[] Turn(ReadOnlySpan<byte> samples)
    {
        int pixels = samples.Length / Planes;
        var planes = new float[samples.Length];
        for (int i = 0; i < pixels; i++)
        {
            for (int plane = 0; plane < Planes; plane++)
            {
                float sum = 0;
                for (int c = 0; c < Planes; c++)
                    sum += colours[plane * Planes + c] * samples[i * Planes + c];
                planes[plane * pixels + i] = sum;
            }
        }

        return planes;
    }

    private static double[] Solve(double[] products, double[] targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor matrix = products.ToTensor(targets.Length, targets.Length);
        matrix.add_(eye(targets.Length, dtype: float64).mul(Ridge * matrix.trace().item<double>() / targets.Length + double.Epsilon));
        return [.. linalg.solve(matrix, targets.ToTensor(targets.Length)).data<double>()];
    }
}
