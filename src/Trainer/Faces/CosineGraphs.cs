using Codec.Images;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;

namespace Codec.Trainer.Faces;

/// <summary>
/// Builds the graphs of principal components that contain only low frequencies: a cosine transform, then weights of its first coefficients.
/// There are far fewer coefficients than samples, so a model of larger images stays small.
/// </summary>
/// <remarks>
/// Weights are rounded to int8 with one scale a latent. The first latents keep floats: they hold most of the variance, and rounding errors
/// in them would be visible.
/// </remarks>
internal sealed class CosineGraphs
{
    // Number of latents whose weights are floats.
    private const int Exact = 64;

    private readonly ImageGeometry _geometry;
    private readonly PrincipalComponents _components;
    private readonly int _frequencies;
    private readonly float[] _across;
    private readonly float[] _down;

    // [K, channels, frequencies across, frequencies down].
    private readonly float[] _weights;

    /// <summary>Prepares a model.</summary>
    /// <param name="components">The components, from <see cref="PrincipalComponents.FitSmooth"/>.</param>
    /// <param name="frequencies">Number of frequencies of each axis, as in the fit.</param>
    /// <param name="geometry">Shape of the images; its scale is 1 and its offset 0.</param>
    public CosineGraphs(PrincipalComponents components, int frequencies, ImageGeometry geometry)
    {
        (_components, _frequencies, _geometry) = (components, frequencies, geometry);
        _across = CosineTransform.Matrix(geometry.Width, frequencies);
        _down = CosineTransform.Matrix(geometry.Height, frequencies);
        _weights = new float[components.Count * Coefficients];
        for (int k = 0; k < components.Count; k++)
            Transform(components.Basis.AsSpan(k * components.Samples, components.Samples), _weights.AsSpan(k * Coefficients, Coefficients));
    }

    private int Coefficients => _geometry.Channels * _frequencies * _frequencies;

    private int Floats => Math.Min(Exact, _components.Count);

    /// <summary>Builds the encoder's graph: pixels → latents.</summary>
    public byte[] Encoder()
    {
        var graph = OnnxGraphBuilder.Encoder(_geometry, _components.Count);
        OnnxValue across = graph.MatMul(
            graph.Transpose(graph.Input, 0, 3, 1, 2),
            graph.Constant(Transposed(_across, _geometry.Width), _geometry.Width, _frequencies)
        ); // [N, 3, H, f]
        OnnxValue down = graph.MatMul(
            graph.Transpose(across, 0, 1, 3, 2),
            graph.Constant(Transposed(_down, _geometry.Height), _geometry.Height, _frequencies)
        ); // [N, 3, f, f]
        OnnxValue coefficients = graph.Reshape(down, Coefficients);
        var mean = new float[Coefficients];
        Transform(_components.Mean, mean);
        (sbyte[] rows, float[] scales) = Rounded();
        OnnxValue first = graph.Gemm(
            coefficients,
            graph.Constant(_weights.AsSpan(0, Floats * Coefficients), Floats, Coefficients),
            Bias(graph, Floats, (k, i) => _weights[k * Coefficients + i], mean),
            transposed: true
        );
        if (scales.Length == 0)
            return graph.Build(first);
        OnnxValue rest = graph.Gemm(
            coefficients,
            graph.DequantizeLinear(graph.Constant(rows, scales.Length, Coefficients), scales),
            Bias(graph, scales.Length, (k, i) => scales[k] * rows[k * Coefficients + i], mean),
            transposed: true
        );
        return graph.Build(graph.Concat(1, first, rest));
    }

    /// <summary>Builds the decoder's graph: latents → pixels.</summary>
    public byte[] Decoder()
    {
        var graph = OnnxGraphBuilder.Decoder(_components.Count, _geometry);
        (sbyte[] rows, float[] scales) = Rounded();
        OnnxValue sum = graph.MatMul(
            scales.Length == 0 ? graph.Input : graph.Slice(graph.Input, 1, 0, Floats),
            graph.Constant(_weights.AsSpan(0, Floats * Coefficients), Floats, Coefficients)
        );
        if (scales.Length > 0)
        {
            OnnxValue rest = graph.Slice(graph.Input, 1, Floats, _components.Count);
            sum = graph.Add(sum, graph.MatMul(rest, graph.DequantizeLinear(graph.Constant(rows, scales.Length, Coefficients), scales)));
        }

        OnnxValue coefficients = graph.Reshape(sum, _geometry.Channels, _frequencies, _frequencies); // [N, 3, across, down]
        OnnxValue down = graph.MatMul(coefficients, graph.Constant(_down, _frequencies, _geometry.Height)); // [N, 3, across, H]
        // [N, 3, H, W]
        OnnxValue across = graph.MatMul(graph.Transpose(down, 0, 1, 3, 2), graph.Constant(_across, _frequencies, _geometry.Width));
        OnnxValue flat = graph.Reshape(graph.Transpose(across, 0, 2, 3, 1), _geometry.Samples);
        return graph.Build(
            graph.Reshape(
                graph.Add(flat, graph.Constant(_components.Mean, _geometry.Samples)),
                _geometry.Height,
                _geometry.Width,
                _geometry.Channels
            )
        );
    }

    private (sbyte[] Rows, float[] Scales) Rounded() => RoundedRows.Of(_weights.AsSpan(Floats * Coefficients), Coefficients);

    private static OnnxValue Bias(OnnxGraphBuilder graph, int count, Func<int, int, float> weight, float[] mean)
    {
        var bias = new float[count];
        for (int k = 0; k < count; k++)
        {
            double sum = 0;
            for (int i = 0; i < mean.Length; i++)
                sum -= (double)weight(k, i) * mean[i];
            bias[k] = (float)sum;
        }

        return graph.Constant(bias, count);
    }

    /// <summary>Computes an image's coefficients: [channels, across, down].</summary>
    private void Transform(ReadOnlySpan<float> image, Span<float> coefficients)
    {
        (int width, int height, int channels) = (_geometry.Width, _geometry.Height, _geometry.Channels);
        var lines = new double[height];
        for (int c = 0; c < channels; c++)
        {
            for (int u = 0; u < _frequencies; u++)
            {
                for (int y = 0; y < height; y++)
                {
                    lines[y] = 0;
                    for (int x = 0; x < width; x++)
                        lines[y] += (double)image[(y * width + x) * channels + c] * _across[u * width + x];
                }

                for (int v = 0; v < _frequencies; v++)
                {
                    double sum = 0;
                    for (int y = 0; y < height; y++)
                        sum += lines[y] * _down[v * height + y];
                    coefficients[(c * _frequencies + u) * _frequencies + v] = (float)sum;
                }
            }
        }
    }

    private static float[] Transposed(float[] matrix, int columns)
    {
        int rows = matrix.Length / columns;
        return [.. Enumerable.Range(0, matrix.Length).Select(i => matrix[i % rows * columns + i / rows])];
    }
}
