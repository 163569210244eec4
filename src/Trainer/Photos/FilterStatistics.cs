using System.Numerics.Tensors;
using Codec.Filtering;

namespace Codec.Trainer.Photos;

/// <summary>
/// Sums, over the blocks of images, the normal equations of a filter's weights: for each plane the products of its features with one
/// another and with the error to correct.
/// </summary>
internal sealed class FilterStatistics
{
    private readonly FilterTap[][] _taps;
    private readonly float[] _nodes;
    private readonly float _unit;
    private readonly float[] _clips;

    // The values of the current block.
    private readonly float[] _values;
    private readonly float[] _products;
    private readonly double[] _blockProducts;
    private readonly float[] _targets;

    /// <summary>Creates sums that begin at zero.</summary>
    /// <param name="taps">The taps of each plane.</param>
    /// <param name="nodes">The activities that have weights.</param>
    /// <param name="unit">Grey levels that count as an activity of 1.</param>
    /// <param name="clips">The bound of each plane's clipped differences, in grey levels.</param>
    public FilterStatistics(FilterTap[][] taps, float[] nodes, float unit, float[] clips)
    {
        (_taps, _nodes, _unit, _clips) = (taps, nodes, unit, clips);
        int[] sizes = [.. taps.Select(plane => nodes.Length * PostFilter.Directions * 2 * plane.Length)];
        int features = 2 * taps.Max(plane => plane.Length);
        (_values, _targets) = (new float[features], new float[features]);
        (_products, _blockProducts) = (new float[features * features], new double[features * features]);
        Products = [.. sizes.Select(size => new double[size * size])];
        Targets = [.. sizes.Select(size => new double[size])];
    }

    /// <summary>[planes][N, N], where N is nodes × directions × the plane's features: the products of features.</summary>
    public double[][] Products { get; }

    /// <summary>[planes][N]: the products of features and the error to correct.</summary>
    public double[][] Targets { get; }

    /// <summary>Number of pixels added with their products.</summary>
    public double Pixels { get; private set; }

    /// <summary>The sum of their squared errors, over all planes.</summary>
    public double SquaredError { get; private set; }

    /// <summary>Adds an image.</summary>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="original">[planes, height, width]: the original.</param>
    /// <param name="restored">[planes, height, width]: decoded, without the filter.</param>
    public void Add(int width, int height, float[] original, float[] restored)
    {
        var errors = new float[original.Length];
        TensorPrimitives.Subtract(original, restored, errors);
        Pixels += (double)width * height;
        SquaredError += TensorPrimitives.SumOfSquares<float>(errors);
        Add(width, height, errors, restored, withProducts: true);
    }

    /// <summary>Adds an image to the targets alone.</summary>
    /// <param name="width">Width of the image in pixels.</param>
    /// <param name="height">Height of the image in pixels.</param>
    /// <param name="errors">[planes, height, width]: what to add to the decoded image, or the derivatives of any aim.</param>
    /// <param name="restored">[planes, height, width]: decoded, without the filter.</param>
    public void AddTargets(int width, int height, float[] errors, float[] restored) =>
        Add(width, height, errors, restored, withProducts: false);

    private void Add(int width, int height, float[] errors, float[] restored, bool withProducts)
    {
        FilterBands bands = null!;
        bands = new FilterBands(
            width,
            height,
            _taps.Length,
            _taps.Length,
            _unit,
            leastContrast: 0,
            (first, count) =>
            {
                for (int column = 0; column < bands.Columns; column++)
                    AddBlock(bands, column, first, count, width, height, errors, withProducts);
            }
        );
        for (int y = 0; y < height; y++)
            bands.Write(y, restored.AsSpan(y * width), width * height);
    }

    /// <summary>Adds the sums of other statistics with the same taps and nodes.</summary>
    public void Merge(FilterStatistics other)
    {
        for (int plane = 0; plane < Products.Length; plane++)
            TensorPrimitives.Add(Products[plane], other.Products[plane], Products[plane]);

        Pixels += other.Pixels;
        SquaredError += other.SquaredError;
        MergeTargets(other);
    }

    /// <summary>Adds the targets of other statistics with the same taps and nodes, which then begin at zero again.</summary>
    public void MergeTargets(FilterStatistics other)
    {
        for (int plane = 0; plane < Targets.Length; plane++)
        {
            TensorPrimitives.Add(Targets[plane], other.Targets[plane], Targets[plane]);
            other.Targets[plane].AsSpan().Clear();
        }
    }

    private void AddBlock(FilterBands bands, int column, int first, int count, int width, int height, float[] errors, bool withProducts)
    {
        Span<float> gates = stackalloc float[2 * PostFilter.Directions];
        int node = bands.Structure(column).Gate(_nodes, gates),
            across = Math.Min(PostFilter.Side, width - column * PostFilter.Side);
        for (int plane = 0; plane < _taps.Length; plane++)
        {
            int features = 2 * _taps[plane].Length;
            Span<float> products = _products.AsSpan(0, features * features),
                targets = _targets.AsSpan(0, features),
                values = _values.AsSpan(0, features);
            products.Clear();
            targets.Clear();
            ReadOnlySpan<float> pixels = bands.Plane(plane);
            for (int i = 0; i < count * across; i++)
            {
                (int line, int x) = (i / across, column * PostFilter.Side + i % across);
                int at = bands.At(line, x);
                Describe(pixels, at, bands.Stride, _taps[plane], _clips[plane], values);
                TensorPrimitives.MultiplyAdd(values, errors[(plane * height + first + line) * width + x], targets, targets);
                for (int a = 0; withProducts && a < features; a++)
                {
                    Span<float> row = products.Slice(a * features, features);
                    TensorPrimitives.MultiplyAdd(values, values[a], row, row);
                }
            }

            Spread(plane, node, gates, targets);
            if (!withProducts)
                continue;
            TensorPrimitives.ConvertTruncating<float, double>(products, _blockProducts);
            SpreadProducts(plane, node, gates, features);
        }
    }

    private static void Describe(ReadOnlySpan<float> pixels, int at, int stride, FilterTap[] taps, float clip, Span<float> values)
    {
        for (int k = 0; k < taps.Length; k++)
        {
            int offset = taps[k].Down * stride + taps[k].Across;
            float one = pixels[at + offset] - pixels[at],
                other = pixels[at - offset] - pixels[at];
            values[k] = one + other;
            values[taps.Length + k] = Math.Clamp(one, -clip, clip) + Math.Clamp(other, -clip, clip);
        }
    }

    /// <summary>Adds a block's targets, weighted by each of its gates.</summary>
    private void Spread(int plane, int node, ReadOnlySpan<float> gates, ReadOnlySpan<float> targets)
    {
        int features = targets.Length,
            first = node * PostFilter.Directions * features;
        for (int g = 0; g < gates.Length; g++)
        {
            for (int a = 0; a < features; a++)
                Targets[plane][first + g * features + a] += (double)gates[g] * targets[a];
        }
    }

    /// <summary>Adds a block's products, weighted by the product of each pair of its gates.</summary>
    private void SpreadProducts(int plane, int node, ReadOnlySpan<float> gates, int features)
    {
        int size = Targets[plane].Length,
            first = node * PostFilter.Directions * features;
        for (int g = 0; g < gates.Length; g++)
        {
            for (int a = 0; a < features; a++)
            {
                int row = first + g * features + a;
                ReadOnlySpan<double> products = _blockProducts.AsSpan(a * features, features);
                for (int h = 0; h < gates.Length; h++)
                {
                    Span<double> sums = Products[plane].AsSpan(row * size + first + h * features, features);
                    TensorPrimitives.MultiplyAdd(products, (double)gates[g] * gates[h], sums, sums);
                }
            }
        }
    }
}
