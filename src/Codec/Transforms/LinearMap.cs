using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>What a linear decoder's graph computes, whatever operators it is written in: pixels = latents · (weights · scales) + bias.</summary>
/// <remarks>
/// Recognised: one product of the latents with constants (MatMul or Gemm; the constants may be unfolded by DequantizeLinear), then
/// constants added (Add), the order of elements never changed (Flatten, Reshape).
/// </remarks>
internal sealed class LinearMap
{
    private readonly OnnxTensor _weights;

    private LinearMap(OnnxTensor weights, float[] scales, bool transposed, int latents, int samples)
    {
        (_weights, Scales, IsTransposed) = (weights, scales, transposed);
        (Latents, Samples, Bias) = (latents, samples, new double[samples]);
    }

    /// <summary>Latents of an image: K.</summary>
    public int Latents { get; }

    /// <summary>Samples of an image: S.</summary>
    public int Samples { get; }

    /// <summary>What one unit of each latent's weights is worth.</summary>
    public IReadOnlyList<float> Scales { get; }

    /// <summary>What zero latents give, one for each sample.</summary>
    public double[] Bias { get; }

    /// <summary>Whether <see cref="Weights"/> are [S, K] rather than [K, S].</summary>
    public bool IsTransposed { get; }

    /// <summary>Whether <see cref="Weights"/> are int8 rather than float.</summary>
    public bool IsInt8 => _weights.Element == OnnxElement.Int8;

    /// <summary>The weights as they are in the graph: <c>sbyte</c> or <c>float</c>.</summary>
    public ReadOnlySpan<T> Weights<T>() where T : unmanaged => _weights.As<T>();

    /// <summary>Recognises a linear decoder.</summary>
    public static bool TryRead(OnnxGraph graph, [NotNullWhen(true)] out LinearMap? map)
    {
        map = null;
        var unfolded = new Dictionary<string, OnnxNode>();
        string current = graph.Signature.Input;
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node.Operator == "DequantizeLinear")
            {
                unfolded.Add(node.Output, node);
                continue;
            }

            bool understood = node.Operator switch
            {
                "Flatten" or "Reshape" => node.Inputs[0] == current,
                "MatMul" or "Gemm" => map is null && node.Inputs[0] == current && TryReadProduct(graph, node, unfolded, out map),
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

    private static bool TryReadProduct(OnnxGraph graph, OnnxNode node, Dictionary<string, OnnxNode> unfolded, [NotNullWhen(true)] out LinearMap? map)
    {
        map = null;
        bool transposed = node.Integer("transB", 0) == 1;
        if (graph[node.Inputs[0]].Shape.Rank != 2 || node.Float("alpha", 1) != 1 || node.Float("beta", 1) != 1)
            return false;
        OnnxShape shape = graph[node.Inputs[1]].Shape;
        (int latents, int samples) = transposed ? (shape[1], shape[0]) : (shape[0], shape[1]);
        float[] scales = [.. Enumerable.Repeat(1f, latents)];
        OnnxTensor? weights = graph[node.Inputs[1]].Tensor;
        if (weights is null && unfolded.TryGetValue(node.Inputs[1], out OnnxNode? unfolding))
            weights = ReadQuantized(graph, unfolding, latentAxis: transposed ? 1 : 0, scales);
        if (weights is null)
            return false;
        var read = new LinearMap(weights, scales, transposed, latents, samples);
        if (node.Inputs.Count > 2 && node.Inputs[2].Length > 0 && !read.TryAdd(graph, node, constant: 2))
            return false;
        map = read;
        return true;
    }

    /// <summary>int8 as it is where each latent has one scale and zero means zero; otherwise unfolded to floats.</summary>
    private static OnnxTensor ReadQuantized(OnnxGraph graph, OnnxNode unfolding, int latentAxis, float[] scales)
    {
        OnnxTensor quantized = graph[unfolding.Inputs[0]].Tensor!, scale = graph[unfolding.Inputs[1]].Tensor!;
        OnnxTensor? zero = unfolding.Inputs.Count > 2 && unfolding.Inputs[2].Length > 0 ? graph[unfolding.Inputs[2]].Tensor : null;
        int axis = (int)unfolding.Integer("axis", 1);
        axis = axis < 0 ? axis + quantized.Shape.Rank : axis;
        bool perTensor = scale.Shape.Rank == 0;
        ReadOnlySpan<float> worth = scale.As<float>();
        if (quantized.Element == OnnxElement.Int8 && (perTensor || axis == latentAxis) && (zero is null || !zero.Data.Span.ContainsAnyExcept((byte)0)))
        {
            for (int latent = 0; latent < scales.Length; latent++)
                scales[latent] = worth[perTensor ? 0 : latent];
            return quantized;
        }

        var floats = new byte[quantized.Shape.Elements * sizeof(float)];
        Span<float> target = MemoryMarshal.Cast<byte, float>(floats.AsSpan());
        ReadOnlySpan<byte> source = quantized.Data.Span, zeros = zero is null ? [] : zero.Data.Span;
        for (int index = 0; index < source.Length; index++)
        {
            int column = index % quantized.Shape[1], row = index / quantized.Shape[1];
            int place = perTensor ? 0 : axis == 0 ? row : column;
            target[index] = (Read(source, index) - (zeros.IsEmpty ? 0 : Read(zeros, place))) * worth[place];
        }

        return new OnnxTensor(OnnxElement.Float, quantized.Shape, floats);

        int Read(ReadOnlySpan<byte> bytes, int index) => quantized.Element == OnnxElement.Int8 ? (sbyte)bytes[index] : bytes[index];
    }

    /// <summary>Adds a constant of one element, or of one for each sample in their order.</summary>
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
