using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>A constant matrix of a graph: an initializer, one that DequantizeLinear dequantizes, or the transpose of either.</summary>
/// <param name="Elements">
/// The elements, with two axes. The value of an int8 element is element · scale; a float is the value itself.
/// </param>
/// <param name="IsTransposed">Whether the graph uses the elements' transpose.</param>
/// <param name="Scales">One for each index of <paramref name="ScaleAxis"/>, or one for all.</param>
/// <param name="ScaleAxis">The elements' axis that the scales belong to; −1 for one scale for all.</param>
internal sealed record WeightMatrix(OnnxTensor Elements, bool IsTransposed, float[] Scales, int ScaleAxis)
{
    private static readonly float[] One = [1f];

    /// <summary>Whether the elements are int8 rather than float.</summary>
    public bool IsInt8 => Elements.Element == OnnxElement.Int8;

    /// <summary>Reads a value of a graph as a constant matrix.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">The value's name.</param>
    /// <param name="matrix">The matrix: int8 if its zero points are 0, otherwise floats.</param>
    /// <returns>Whether the value is a constant matrix.</returns>
    public static bool TryRead(OnnxGraph graph, string name, [NotNullWhen(true)] out WeightMatrix? matrix)
    {
        OnnxOperand operand = graph[name];
        matrix = null;
        if (operand.Shape.IsBatched || operand.Shape.Rank != 2)
            return false;
        if (operand.Tensor is { } tensor)
        {
            matrix = new WeightMatrix(tensor, IsTransposed: false, One, ScaleAxis: -1);
            return tensor.Element == OnnxElement.Float;
        }

        OnnxNode node = graph.Nodes.First(node => node.Output == name);
        if (node.Operator == "Transpose" && TryRead(graph, node.Inputs[0], out WeightMatrix? given))
            matrix = given with { IsTransposed = given.IsTransposed != node.Integers("perm") is [1, 0] };
        else if (node.Operator == "DequantizeLinear")
            matrix = ReadQuantized(graph, node);
        return matrix is not null;
    }

    /// <summary>Multiplies the scales into the elements: the same matrix as floats.</summary>
    public WeightMatrix Unfold() => IsInt8 ? Unfold(Elements, zeros: [], Scales, ScaleAxis) with { IsTransposed = IsTransposed } : this;

    private static WeightMatrix ReadQuantized(OnnxGraph graph, OnnxNode node)
    {
        OnnxTensor quantized = graph[node.Inputs[0]].Tensor!,
            scale = graph[node.Inputs[1]].Tensor!;
        OnnxTensor? zero = node.Inputs.Count > 2 && node.Inputs[2].Length > 0 ? graph[node.Inputs[2]].Tensor : null;
        int axis = (int)node.Integer("axis", 1);
        axis =
            scale.Shape.Rank == 0 ? -1
            : axis < 0 ? axis + quantized.Shape.Rank
            : axis;
        float[] scales = scale.As<float>().ToArray();
        ReadOnlySpan<byte> zeros = zero is null ? [] : zero.Data.Span;
        return quantized.Element == OnnxElement.Int8 && !zeros.ContainsAnyExcept((byte)0)
            ? new WeightMatrix(quantized, IsTransposed: false, scales, axis)
            : Unfold(quantized, zeros, scales, axis);
    }

    private static WeightMatrix Unfold(OnnxTensor quantized, ReadOnlySpan<byte> zeros, float[] scales, int axis)
    {
        var floats = new byte[quantized.Shape.Elements * sizeof(float)];
        Span<float> target = MemoryMarshal.Cast<byte, float>(floats.AsSpan());
        ReadOnlySpan<byte> source = quantized.Data.Span;
        for (int index = 0; index < source.Length; index++)
        {
            (int row, int column) = Math.DivRem(index, quantized.Shape[1]);
            int place =
                axis < 0 ? 0
                : axis == 0 ? row
                : column;
            target[index] = (Read(source, index) - (zeros.IsEmpty ? 0 : Read(zeros, place))) * scales[place];
        }

        return new WeightMatrix(new OnnxTensor(OnnxElement.Float, quantized.Shape, floats), IsTransposed: false, One, ScaleAxis: -1);

        int Read(ReadOnlySpan<byte> bytes, int index) => quantized.Element == OnnxElement.Int8 ? (sbyte)bytes[index] : bytes[index];
    }
}
