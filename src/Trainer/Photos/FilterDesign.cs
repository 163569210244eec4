using System.Numerics.Tensors;
using Codec.Filtering;
using Codec.Images;
using Codec.Schemes.Grid;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Trainer.Photos;

/// <summary>The taps and nodes of the filters that a training fits, and how they are applied. Immutable.</summary>
/// <param name="colours">The model's colour planes.</param>
internal sealed class FilterDesign(ColourAxes colours)
{
    /// <summary>Number of planes.</summary>
    public const int Planes = 3;

    // The bound of each plane's clipped differences, in steps.
    private static readonly float[] Clips = [0.25f, 0.4f, 0.4f];

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
    private static readonly FilterTap[][] Taps = [Luminance, Chrominance, Chrominance];

    private readonly float[] _synthesis = [.. colours.Synthesis.Cast<double>().Select(weight => (float)weight)];
    private readonly float[] _analysis = [.. colours.Analysis.Cast<double>().Select(weight => (float)weight)];

    private static int Gates => Nodes.Length * PostFilter.Directions;

    /// <summary>Whether the filters of another model's qualities fit between those of this design.</summary>
    public bool Takes(PostFilter other) =>
        other.Tables.Nodes.AsSpan().SequenceEqual(Nodes)
        && other.Tables.Colours.AsSpan().SequenceEqual(_synthesis)
        && other.Tables.Taps.Length == Planes
        && other.Tables.Taps.Zip(Taps).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    /// <summary>Makes a filter of its qualities.</summary>
    public PostFilter Filter(params FilterQuality[] qualities) => new(new FilterTables(_synthesis, _analysis, Nodes, Taps, qualities));

    /// <summary>Creates the sums that the weights of one quality are fitted to.</summary>
    /// <param name="step">The quality's step.</param>
    public static FilterStatistics Statistics(float step) => new(Taps, Nodes, step, ClipsAt(step));

    /// <summary>
    /// The weights of a plane that are fitted, of its [nodes · directions, features]. Colours have clipped differences only: a plain
    /// difference across an edge of colour would smear it.
    /// </summary>
    public static int[] Fitted(int plane)
    {
        int features = 2 * Taps[plane].Length;
        return [.. Enumerable.Range(0, Gates * features).Where(i => plane == 0 || i % features >= Taps[plane].Length)];
    }

    /// <summary>Makes one quality's filter of the weights that are fitted.</summary>
    /// <param name="step">The quality's step.</param>
    /// <param name="fitted">The weights of each plane, in the order of <see cref="Fitted"/>.</param>
    public static FilterQuality Pack(float step, IReadOnlyList<double[]> fitted)
    {
        // [nodes · directions, F], plane by plane.
        int row = 2 * Taps.Sum(taps => taps.Length),
            first = 0;
        var weights = new float[Gates * row];
        for (int plane = 0; plane < Planes; plane++)
        {
            int features = 2 * Taps[plane].Length;
            foreach ((int place, double weight) in Fitted(plane).Zip(fitted[plane]))
                weights[place / features * row + first + place % features] = (float)weight;
            first += features;
        }

        return new FilterQuality(step, ClipsAt(step), weights);
    }

    /// <summary>The same filter of the first planes only.</summary>
    public static FilterQuality Keep(FilterQuality filter, int planes)
    {
        int row = 2 * Taps.Sum(taps => taps.Length),
            used = 2 * Taps[..planes].Sum(taps => taps.Length);
        return filter with { Weights = [.. filter.Weights.Select((weight, i) => i % row < used ? weight : 0)] };
    }

    /// <summary>Makes the pixels that a decoder with a filter shows.</summary>
    /// <param name="quality">The filter.</param>
    /// <param name="size">The image's size.</param>
    /// <param name="planes">[planes, height, width]: decoded, without the filter.</param>
    public Raster Show(FilterQuality quality, ImageSize size, float[] planes)
    {
        var image = Raster.Allocate(size, Planes);
        Run(Filter(quality), size, planes, new PixelLines(size.Width, PhotosTraining.Window, _synthesis, image.Samples));
        return image;
    }

    /// <summary>Filters all blocks of the planes of a decoded image.</summary>
    /// <param name="quality">The filter.</param>
    /// <param name="size">The image's size.</param>
    /// <param name="planes">[planes, height, width].</param>
    /// <returns>[channels, height, width]: samples, not rounded.</returns>
    public float[] Apply(FilterQuality quality, ImageSize size, float[] planes)
    {
        var filtered = new PlaneLines(size, Planes);
        Run(Filter(quality with { Pixels = FilterQuality.AnySize }), size, planes, filtered);
        float[] samples = Mix(filtered.Values, _synthesis, transposed: true);
        TensorPrimitives.Subtract(samples, PhotosTraining.Window.Offset, samples);
        return samples;
    }

    /// <summary>Converts samples to the planes that a decoder restores: [planes, height, width], without the offset.</summary>
    public float[] Turn(ReadOnlySpan<byte> samples)
    {
        int pixels = samples.Length / Planes;
        var channels = new float[samples.Length];
        for (int i = 0; i < channels.Length; i++)
            channels[i % Planes * pixels + i / Planes] = samples[i] + PhotosTraining.Window.Offset;
        return Mix(channels, _analysis, transposed: false);
    }

    /// <summary>The derivatives with respect to planes of what has derivatives with respect to samples.</summary>
    public float[] TurnGradient(float[] channels) => Mix(channels, _synthesis, transposed: false);

    private static float[] ClipsAt(float step) => [.. Clips.Select(clip => clip * step)];

    private static void Run(PostFilter filter, ImageSize size, float[] planes, ILineSink next)
    {
        var lines = new FilteredLines(filter, 0, size.Width, size.Height, SimdPaths.Selected, next);
        for (int y = 0; y < size.Height; y++)
            lines.Write(y, planes.AsSpan(y * size.Width), size.Width * size.Height);
    }

    /// <summary>Multiplies three planes by a matrix [3, 3], or by its transpose.</summary>
    private static float[] Mix(float[] values, float[] matrix, bool transposed)
    {
        int pixels = values.Length / Planes;
        var mixed = new float[values.Length];
        for (int to = 0; to < Planes; to++)
        {
            for (int from = 0; from < Planes; from++)
            {
                float weight = transposed ? matrix[from * Planes + to] : matrix[to * Planes + from];
                Span<float> sums = mixed.AsSpan(to * pixels, pixels);
                TensorPrimitives.MultiplyAdd(values.AsSpan(from * pixels, pixels), weight, sums, sums);
            }
        }

        return mixed;
    }
}
