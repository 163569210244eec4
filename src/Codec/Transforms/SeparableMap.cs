using System.Diagnostics.CodeAnalysis;
using Codec.Onnx;

namespace Codec.Transforms;

/// <summary>
/// What a separable decoder's graph computes: latents, put in order as coefficients [down, across, colour], are multiplied by one matrix along
/// each axis, which gives a window [height, width, channels].
/// </summary>
/// <remarks>Recognised: Gather of the latents, Reshape to three axes, then products with constants (MatMul) and Transposes that turn each axis to the end.</remarks>
internal sealed class SeparableMap
{
    private const int Axes = 3;
    private readonly float[]?[] _matrices = new float[Axes][];

    private SeparableMap(int[] order, int[] sizes) => (Order, Sizes) = (order, sizes);

    /// <summary>The coefficient [down, across, colour] of each latent, counted row-major.</summary>
    public int[] Order { get; }

    /// <summary>Coefficients down, across, and colours.</summary>
    public int[] Sizes { get; }

    /// <summary>[coefficients down, window height].</summary>
    public float[] Down => _matrices[0]!;

    /// <summary>[coefficients across, window width].</summary>
    public float[] Across => _matrices[1]!;

    /// <summary>[colours, channels].</summary>
    public float[] Colours => _matrices[2]!;

    /// <summary>Recognises a separable decoder.</summary>
    public static bool TryRead(OnnxGraph graph, [NotNullWhen(true)] out SeparableMap? map)
    {
        map = null;
        string current = graph.Signature.Input;
        int[]? order = null;
        int[] axes = [0, 1, 2];
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node.Inputs[0] != current) return false;
            bool understood = node.Operator switch
            {
                "Gather" => order is null && map is null && TryReadOrder(graph, node, out order),
                "Reshape" => order is not null && map is null && TryReadShape(graph, node, order, out map),
                "Transpose" => map is not null && TryTurn(node, axes),
                "MatMul" => map is not null && map.TryMultiply(graph, node, axes[^1]),
                _ => false,
            };
            if (!understood) return false;
            current = node.Output;
        }

        return map is not null && current == graph.Signature.Output && axes is [0, 1, 2] && Array.TrueForAll(map._matrices, matrix => matrix is not null);
    }

    private static bool TryReadOrder(OnnxGraph graph, OnnxNode node, [NotNullWhen(true)] out int[]? order)
    {
        order = null;
        if (node.Integer("axis", 0) != 1 || graph[node.Inputs[1]].Tensor is not { } tensor) return false;
        ReadOnlySpan<long> latents = tensor.As<long>();
        int count = graph.Signature.InputLength;
        if (latents.Length != count) return false;
        var inverse = new int[count];
        Array.Fill(inverse, -1);
        for (int coefficient = 0; coefficient < count; coefficient++)
        {
            int latent = (int)(latents[coefficient] < 0 ? latents[coefficient] + count : latents[coefficient]);
            inverse[latent] = coefficient;
        }

        // As many places as latents: one that is taken twice leaves another out.
        if (inverse.Contains(-1)) return false;
        order = inverse;
        return true;
    }

    private static bool TryReadShape(OnnxGraph graph, OnnxNode node, int[] order, [NotNullWhen(true)] out SeparableMap? map)
    {
        OnnxShape shape = graph[node.Output].Shape;
        map = shape.Rank == Axes + 1 ? new SeparableMap(order, [shape[1], shape[2], shape[3]]) : null;
        return map is not null;
    }

    private static bool TryTurn(OnnxNode node, int[] axes)
    {
        if (node.Integers("perm") is not [0, var a, var b, var c]) return false;
        (axes[0], axes[1], axes[2]) = (axes[a - 1], axes[b - 1], axes[c - 1]);
        return true;
    }

    private bool TryMultiply(OnnxGraph graph, OnnxNode node, int axis)
    {
        if (_matrices[axis] is not null || graph[node.Inputs[1]].Tensor is not { Element: OnnxElement.Float, Shape.Rank: 2 } tensor) return false;
        _matrices[axis] = tensor.As<float>().ToArray();
        return true;
    }
}
