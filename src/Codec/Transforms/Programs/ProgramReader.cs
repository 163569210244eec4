using Codec.Onnx;
using Codec.Simd;

namespace Codec.Transforms.Programs;

/// <summary>Recognizes a linear graph and compiles it to the steps of a program.</summary>
/// <remarks>
/// Recognized operations: products with a <see cref="WeightMatrix"/> (MatMul, Gemm), sums, differences and products with constants (Add,
/// Sub, Mul), sums and differences of two values (Add, Sub), and changes of shape, order and size (Flatten, Reshape, Transpose, Slice,
/// Concat). Transpose and Slice cost nothing: the next step reads the elements through a view.
/// </remarks>
internal sealed class ProgramReader
{
    private readonly OnnxGraph _graph;
    private readonly SimdPath _path;
    private readonly Dictionary<string, ValueView> _values = [];
    private readonly List<ProgramBuffer> _buffers = [];
    private readonly List<ProgramStep> _steps = [];
    private long _constants;

    public ProgramReader(OnnxGraph graph, SimdPath path)
    {
        (_graph, _path) = (graph, path);
        _values.Add(
            graph.Signature.Input,
            ValueView.Of(new ProgramBuffer(BufferPlace.Input, graph.Signature.InputLength), graph.Signature.InputShape)
        );
    }

    /// <summary>Compiles the program; null if the graph is not linear, or uses other operators.</summary>
    public LinearProgram? Read()
    {
        foreach (OnnxNode node in _graph.Nodes)
        {
            // Skip nodes that compute constants: the product that uses a constant reads it.
            if (!_graph[node.Output].Shape.IsBatched)
                continue;
            // A constant that several nodes use is copied for each of them.
            if (Read(node) is not { } value || _constants > OnnxLimits.MaxWeights)
                return null;
            _values.Add(node.Output, value);
        }

        SetOutput(_values[_graph.Signature.Output]);
        long scratch = 0;
        foreach (ProgramBuffer buffer in _buffers.Where(buffer => buffer.Place == BufferPlace.Scratch))
        {
            buffer.Offset = (int)scratch;
            scratch += buffer.Length;
            // Copies made by the program count towards the limit. Beyond it, the graph is left to ONNX Runtime, which makes no copies.
            if (scratch > OnnxLimits.MaxElements)
                return null;
        }

        return new LinearProgram(_graph.Signature, [.. _steps], (int)scratch);
    }

    private ValueView? Read(OnnxNode node)
    {
        if (!_values.TryGetValue(node.Inputs[0], out ValueView? value))
        {
            return node.Operator is "Add" or "Mul" && _values.TryGetValue(node.Inputs[1], out value)
                ? ReadElementwise(node, value, node.Inputs[0])
                : null;
        }

        return node.Operator switch
        {
            "Flatten" or "Reshape" => Reshape(value, SizesOf(node)),
            "Transpose" => value.Permute([.. node.Integers("perm")!.Skip(1).Select(axis => (int)axis - 1)]),
            "Slice" => Slice(node, value),
            "Concat" => Concat(node),
            "MatMul" or "Gemm" => Multiply(node, value),
            "Add" or "Sub" or "Mul" => ReadElementwise(node, value, node.Inputs[1]),
            _ => null,
        };
    }

    private ValueView? Multiply(OnnxNode node, ValueView value)
    {
        if (
            node.Float("alpha", 1) != 1
            || node.Float("beta", 1) != 1
            || !WeightMatrix.TryRead(_graph, node.Inputs[1], out WeightMatrix? matrix)
        )
        {
            return null;
        }

        bool transposed = matrix.IsTransposed != (node.Integer("transB", 0) == 1);
        ReadOnlySpan<float> bias = [];
        if (node.Inputs.Count > 2 && node.Inputs[2].Length > 0)
        {
            if (_graph[node.Inputs[2]].Tensor is not { } tensor)
                return null;
            bias = tensor.As<float>();
        }

        if (matrix.ScaleAxis == (transposed ? 1 : 0))
        {
            // The scales are those of the depth: multiply the value by them, so that the weights stay int8.
            value = Compute<Product>(value, Constant(matrix.Scales, [matrix.Scales.Length]));
            matrix = matrix with { Scales = [1f], ScaleAxis = -1 };
        }

        if (!PackedMatrix.TryCreate(matrix, transposed, bias, out PackedMatrix? packed))
            return null;
        _constants += packed.Weights;
        ProgramBuffer target = Scratch(SizesOf(node));
        _steps.Add(new ProductStep(packed, value, target, _path));
        return ValueView.Of(target, SizesOf(node));
    }

    private ValueView? ReadElementwise(OnnxNode node, ValueView left, string other)
    {
        ValueView right;
        if (_graph[other].Tensor is { } tensor)
        {
            int[] sizes = tensor.Shape.Dimensions.ToArray();
            // A constant with as many axes as the value, N included, has size 1 on the batch's axis.
            right = Constant(tensor.As<float>().ToArray(), sizes.Length > left.Sizes.Length ? sizes[1..] : sizes);
        }
        else if (node.Operator == "Mul" || !_values.TryGetValue(other, out right!))
        {
            return null;
        }

        left = left.Broadcast(SizesOf(node));
        return node.Operator switch
        {
            "Add" => Compute<Sum>(left, right),
            "Sub" => Compute<Difference>(left, right),
            _ => Compute<Product>(left, right),
        };
    }

    private ValueView Compute<TOperation>(ValueView left, ValueView right)
        where TOperation : struct, IElementwise
    {
        var target = ValueView.Of(Scratch(left.Sizes), left.Sizes);
        _steps.Add(new ElementwiseStep<TOperation>(left, right.Broadcast(left.Sizes), target));
        return target;
    }

    private ValueView Reshape(ValueView value, int[] sizes)
    {
        if (!value.IsContiguous)
            value = Copy(value, ValueView.Of(Scratch(value.Sizes), value.Sizes));
        return ValueView.Of(value.Buffer, sizes) with { Offset = value.Offset };
    }

    private ValueView Slice(OnnxNode node, ValueView value)
    {
        int[] sizes = SizesOf(node);
        ReadOnlySpan<long> starts = Integers(node, 1),
            axes = Integers(node, 3),
            steps = node.Inputs.Count > 4 && node.Inputs[4].Length > 0 ? Integers(node, 4) : [];
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + value.Sizes.Length : axes[i] - 1),
                side = value.Sizes[axis];
            long start = Math.Clamp(starts[i] < 0 ? starts[i] + side : starts[i], 0, side);
            value = value.Slice(axis, (int)start, steps.IsEmpty ? 1 : (int)steps[i], sizes[axis]);
        }

        return value;
    }

    private ValueView? Concat(OnnxNode node)
    {
        int[] sizes = SizesOf(node);
        long given = node.Integer("axis", 0);
        int axis = (int)(given < 0 ? given + sizes.Length : given - 1),
            start = 0;
        var target = ValueView.Of(Scratch(sizes), sizes);
        foreach (string name in node.Inputs)
        {
            if (!_values.TryGetValue(name, out ValueView? part))
                return null;
            Copy(part, target.Slice(axis, start, 1, part.Sizes[axis]));
            start += part.Sizes[axis];
        }

        return target;
    }

    private void SetOutput(ValueView value)
    {
        if (value is { IsWhole: true, Buffer.Place: BufferPlace.Scratch })
            value.Buffer.Place = BufferPlace.Output;
        else
            Copy(value, ValueView.Of(new ProgramBuffer(BufferPlace.Output, value.Elements), value.Sizes));
    }

    private ValueView Copy(ValueView value, ValueView target)
    {
        _steps.Add(new ElementwiseStep<Copied>(value, value, target));
        return target;
    }

    private ValueView Constant(float[] elements, int[] sizes)
    {
        _constants += elements.Length;
        return ValueView.Of(new ProgramBuffer(elements), sizes);
    }

    private ProgramBuffer Scratch(int[] sizes)
    {
        var buffer = new ProgramBuffer(BufferPlace.Scratch, sizes.Aggregate(1, (product, side) => product * side));
        _buffers.Add(buffer);
        return buffer;
    }

    private int[] SizesOf(OnnxNode node) => _graph[node.Output].Shape.Dimensions[1..].ToArray();

    private ReadOnlySpan<long> Integers(OnnxNode node, int input) => _graph[node.Inputs[input]].Tensor!.As<long>();
}
