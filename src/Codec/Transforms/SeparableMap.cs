using System.Diagnostics.CodeAnalysis;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>
/// The map that a separable decoder's graph computes: the latents are coefficients along three axes, and one matrix along each axis
/// transforms them to a window [height, width, channels].
/// </summary>
/// <remarks>
/// Recognized graphs: Reshape of the latents, or of a Gather of them, to three axes, then a product with a constant (MatMul) along each
/// axis, with Transposes that move the axis to the end.
/// </remarks>
internal sealed class SeparableMap
{
    private const int Axes = 3;

    private SeparableMap(int[] order, int[] sizes, float[][] matrices) =>
        (Order, Sizes, Down, Across, Colours) = (order, sizes, matrices[0], matrices[1], matrices[2]);

    /// <summary>For each latent, the row-major index of its coefficient [down, across, colour].</summary>
    public int[] Order { get; }

    /// <summary>Number of coefficients down and across, and of colours.</summary>
    public int[] Sizes { get; }

    /// <summary>[coefficients down, window height].</summary>
    public float[] Down { get; }

    /// <summary>[coefficients across, window width].</summary>
    public float[] Across { get; }

    /// <summary>[colours, channels].</summary>
    public float[] Colours { get; }

    /// <summary>Recognizes a separable decoder.</summary>
    public static bool TryRead(OnnxGraph graph, [NotNullWhen(true)] out SeparableMap? map)
    {
        map = null;
        string current = graph.Signature.Input;
        int[]? order = null,
            sizes = null;
        var matrices = new float[]?[Axes];
        // For each axis of the current value, the axis of the coefficients from which it comes.
        int[] axes = [0, 1, 2];
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node.Inputs[0] != current)
                return false;
            bool understood = node.Operator switch
            {
                "Gather" => order is null && sizes is null && TryReadOrder(graph, node, out order),
                "Reshape" => sizes is null && TryReadSizes(graph, node, out sizes),
                "Transpose" => sizes is not null && TryTurn(node, axes),
                "MatMul" => sizes is not null && TryReadMatrix(graph, node, ref matrices[axes[^1]]),
                _ => false,
            };
            if (!understood)
                return false;
            current = node.Output;
        }

        if (sizes is null || current != graph.Signature.Output || matrices.Contains(null))
            return false;
        // The final axis order is the window's: rows, columns, colour.
        order ??= [.. Enumerable.Range(0, graph.Signature.InputLength)];
        map = new SeparableMap(
            [.. order.Select(coefficient => Turn(coefficient, sizes, axes))],
            [.. axes.Select(axis => sizes[axis])],
            [.. axes.Select(axis => matrices[axis]!)]
        );
        return true;
    }

    /// <summary>Converts a coefficient's row-major index to the final order of axes.</summary>
    private static int Turn(int coefficient, int[] sizes, int[] axes)
    {
        int[] place = [coefficient / (sizes[1] * sizes[2]), coefficient / sizes[2] % sizes[1], coefficient % sizes[2]];
        return (place[axes[0]] * sizes[axes[1]] + place[axes[1]]) * sizes[axes[2]] + place[axes[2]];
    }

    private static bool TryReadOrder(OnnxGraph graph, OnnxNode node, [NotNullWhen(true)] out int[]? order)
    {
        order = null;
        if (node.Integer("axis", 0) != 1 || graph[node.Inputs[1]].Tensor is not { } tensor)
            return false;
        ReadOnlySpan<long> latents = tensor.As<long>();
        int count = graph.Signature.InputLength;
        if (latents.Length != count)
            return false;
        var inverse = new int[count];
        Array.Fill(inverse, -1);
        for (int coefficient = 0; coefficient < count; coefficient++)
        {
            int latent = (int)(latents[coefficient] < 0 ? latents[coefficient] + count : latents[coefficient]);
            inverse[latent] = coefficient;
        }

        // If a latent is gathered twice, another has no coefficient.
        if (inverse.Contains(-1))
            return false;
        order = inverse;
        return true;
    }

    private static bool TryReadSizes(OnnxGraph graph, OnnxNode node, [NotNullWhen(true)] out int[]? sizes)
    {
        OnnxShape shape = graph[node.Output].Shape;
        sizes = shape.Rank == Axes + 1 ? [shape[1], shape[2], shape[3]] : null;
        return sizes is not null;
    }

    private static bool TryTurn(OnnxNode node, int[] axes)
    {
        if (node.Integers("perm") is not [0, var a, var b, var c])
            return false;
        (axes[0], axes[1], axes[2]) = (axes[a - 1], axes[b - 1], axes[c - 1]);
        return true;
    }

    private static bool TryReadMatrix(OnnxGraph graph, OnnxNode node, ref float[]? matrix)
    {
        if (matrix is not null || graph[node.Inputs[1]].Tensor is not { Element: OnnxElement.Float, Shape.Rank: 2 } tensor)
            return false;
        matrix = tensor.As<float>().ToArray();
        return true;
    }
}
