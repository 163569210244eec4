using System.Diagnostics.CodeAnalysis;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>
/// The map that a linear decoder's graph computes with any of several operators: pixels = latents · (weights · scales) + bias.
/// </summary>
/// <remarks>
/// Recognized graphs: one product of the latents with a <see cref="WeightMatrix"/> (MatMul or Gemm), then sums with constants (Add), and
/// new shapes that keep the order of elements (Flatten, Reshape).
/// </remarks>
internal sealed class LinearMap
{
    private readonly OnnxTensor _weights;

    private LinearMap(OnnxTensor weights, float[] scales, bool transposed, int latents, int samples)
    {
        (_weights, Scales, IsTransposed) = (weights, scales, transposed);
        (Latents, Samples, Bias) = (latents, samples, new double[samples]);
    }

    /// <summary>Number of latents of an image: K.</summary>
    public int Latents { get; }

    /// <summary>Number of samples of an image: S.</summary>
    public int Samples { get; }

    /// <summary>[K]: the value of one unit of each latent's weights.</summary>
    public IReadOnlyList<float> Scales { get; }

    /// <summary>[S]: the samples that result from zero latents.</summary>
    public double[] Bias { get; }

    /// <summary>Whether <see cref="Weights"/> are [S, K] rather than [K, S].</summary>
    public bool IsTransposed { get; }

    /// <summary>Whether <see cref="Weights"/> are int8 rather than float.</summary>
    public bool IsInt8 => _weights.Element == OnnxElement.Int8;

    /// <summary>The weights as the graph holds them: <c>sbyte</c> or <c>float</c>.</summary>
    public ReadOnlySpan<T> Weights<T>()
        where T : unmanaged => _weights.As<T>();

    /// <summary>Recognizes a linear decoder.</summary>
    public static bool TryRead(OnnxGraph graph, [NotNullWhen(true)] out LinearMap? map)
    {
        map = null;
        string current = graph.Signature.Input;
        foreach (OnnxNode node in graph.Nodes)
        {
            // Skip nodes that compute constants: the product that uses a constant reads it.
            if (!graph[node.Output].Shape.IsBatched)
                continue;

            bool understood = node.Operator switch
            {
                "Flatten" or "Reshape" => node.Inputs[0] == current,
                "MatMul" or "Gemm" => map is null && node.Inputs[0] == current && TryReadProduct(graph, node, out map),
                "Add" when node.Inputs[0] == current => map is not null && map.TryAdd(graph, node, constant: 1),
                "Add" when node.Inputs[1] == current => map is not null && map.TryAdd(graph, node, constant: 0),
                _ => false,
            };
            if (!understood)
                return false;
            current = node.Output;
        }

        return map is not null && current == graph.Signature.Output;
    }

    private static bool TryReadProduct(OnnxGraph graph, OnnxNode node, [NotNullWhen(true)] out LinearMap? map)
    {
        map = null;
        if (graph[node.Inputs[0]].Shape.Rank != 2 || node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1)
            return false;
        if (!WeightMatrix.TryRead(graph, node.Inputs[1], out WeightMatrix? matrix))
            return false;
        bool transposed = matrix.IsTransposed != (node.Integer("transB", 0) == 1);
        // A latent's scale becomes part of its gain. Scales of samples are multiplied into the weights instead.
        if (matrix.ScaleAxis == (transposed ? 0 : 1))
            matrix = matrix.Unfold();
        OnnxShape shape = matrix.Elements.Shape;
        (int latents, int samples) = transposed ? (shape[1], shape[0]) : (shape[0], shape[1]);
        float[] scales = matrix.ScaleAxis < 0 ? [.. Enumerable.Repeat(matrix.Scales[0], latents)] : matrix.Scales;
        var read = new LinearMap(matrix.Elements, scales, transposed, latents, samples);
        if (node.Inputs.Count > 2 && node.Inputs[2].Length > 0 && !read.TryAdd(graph, node, constant: 2))
            return false;
        map = read;
        return true;
    }

    /// <summary>Adds a constant to the bias: one element for all samples, or one for each sample.</summary>
    private bool TryAdd(OnnxGraph graph, OnnxNode node, int constant)
    {
        if (graph[node.Inputs[constant]].Tensor is not { } tensor || graph[node.Output].Shape.Elements != Samples)
            return false;
        if (tensor.Shape.Elements != 1 && tensor.Shape.Elements != Samples)
            return false;
        ReadOnlySpan<float> added = tensor.As<float>();
        for (int sample = 0; sample < Samples; sample++)
            Bias[sample] += added[added.Length == 1 ? 0 : sample];
        return true;
    }
}
