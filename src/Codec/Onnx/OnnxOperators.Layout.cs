namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    private static OnnxShape Flatten(OnnxOperation operation)
    {
        operation.Integer("axis", 1, min: 1, max: 1);
        return operation.Shape(OnnxShape.Batch, operation.Data(0).Elements);
    }

    /// <summary>
    /// Requires a new shape that begins with 0 (N is kept) or −1 (N is inferred). Later sizes are fixed; one may be −1 if the first is 0.
    /// </summary>
    private static OnnxShape Reshape(OnnxOperation operation)
    {
        operation.Integer("allowzero", 0, min: 0, max: 0);
        OnnxShape data = operation.Data(0);
        ReadOnlySpan<long> wanted = operation.Integers(1);
        if (wanted.Length is 0 or > OnnxLimits.MaxRank || wanted[0] is not (0 or -1))
        {
            throw operation.Refuse(
                $"the new shape has {wanted.Length} sizes, the first {wanted[0]}; it must begin with the batch, 0 or -1, and have at most {OnnxLimits.MaxRank}."
            );
        }

        var result = new long[wanted.Length];
        result[0] = OnnxShape.Batch;
        int open = wanted[0] == -1 ? 0 : -1;
        for (int axis = 1; axis < wanted.Length; axis++)
        {
            result[axis] = wanted[axis];
            if (wanted[axis] == 0 && axis < data.Rank)
                result[axis] = data[axis];
            if (wanted[axis] != -1)
                continue;
            if (open >= 0)
                throw operation.Refuse("more than one size is -1.");
            (open, result[axis]) = (axis, 1);
        }

        OnnxShape shape = operation.Shape(result);
        if (open > 0)
        {
            result[open] = data.Elements / shape.Elements;
            shape = operation.Shape(result);
        }

        return shape.Elements == data.Elements
            ? shape
            : throw operation.Refuse($"{data} cannot become {shape}: {data.Elements} elements are not {shape.Elements}.");
    }

    private static OnnxShape Transpose(OnnxOperation operation)
    {
        OnnxShape data = operation.Floats(0);
        IReadOnlyList<long> order = operation.Node.Integers("perm") ?? throw operation.Refuse("perm is missing.");
        if (!order.Order().SequenceEqual(Enumerable.Range(0, data.Rank).Select(axis => (long)axis)))
            throw operation.Refuse($"perm [{string.Join(", ", order)}] is not an order of the {data.Rank} axes of {data}.");
        if (data.IsBatched && order[0] != 0)
            throw operation.Refuse("perm moves the batch; it must begin with 0.");
        return operation.Shape([.. order.Select(axis => (long)data[(int)axis])]);
    }

    private static OnnxShape Concat(OnnxOperation operation)
    {
        OnnxShape first = operation.Data(0);
        int axis = operation.InnerAxis(operation.Node.Integer("axis", 0), first);
        long[] result = first.Widen();
        for (int index = 1; index < operation.Count; index++)
        {
            OnnxShape next = operation.Data(index, first.Rank);
            for (int other = 1; other < first.Rank; other++)
            {
                if (other != axis && next[other] != first[other])
                    throw operation.Refuse($"{next} does not join {first} along axis {axis}.");
            }

            result[axis] += next[axis];
        }

        return operation.Shape(result);
    }

    private static OnnxShape Slice(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        ReadOnlySpan<long> starts = operation.Integers(1),
            ends = operation.Integers(2),
            axes = operation.Integers(3);
        ReadOnlySpan<long> steps = operation.Has(4) ? operation.Integers(4) : [];
        if (ends.Length != starts.Length || axes.Length != starts.Length || (operation.Has(4) && steps.Length != starts.Length))
            throw operation.Refuse("starts, ends, axes and steps must be equally long.");
        long[] result = data.Widen();
        var seen = new bool[data.Rank];
        for (int index = 0; index < starts.Length; index++)
        {
            int axis = operation.InnerAxis(axes[index], data);
            if (seen[axis])
                throw operation.Refuse($"axis {axis} is given twice.");
            seen[axis] = true;
            long step = steps.IsEmpty ? 1 : steps[index];
            if (step < 1 || step > data[axis])
                throw operation.Refuse($"step {step} is outside 1..{data[axis]}.");
            long start = FromFront(starts[index], data[axis]),
                end = FromFront(ends[index], data[axis]);
            result[axis] = (Math.Max(end - start, 0) + step - 1) / step;
        }

        return operation.Shape(result);

        static long FromFront(long position, int side) => Math.Clamp(position < 0 ? position + side : position, 0, side);
    }

    private static OnnxShape Gather(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        int axis = operation.InnerAxis(operation.Node.Integer("axis", 0), data);
        ReadOnlySpan<long> indices = operation.Integers(1);
        foreach (long index in indices)
        {
            if (index < -data[axis] || index >= data[axis])
                throw operation.Refuse($"index {index} is outside axis {axis} of {data}.");
        }

        long[] result = data.Widen();
        result[axis] = indices.Length;
        return operation.Shape(result);
    }

    private static OnnxShape DepthToSpace(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0, rank: 4);
        long block = operation.Integer("blocksize", 0, min: 1, max: OnnxLimits.MaxReach);
        if (operation.Node.Text("mode", "DCR") is not ("DCR" or "CRD") and var mode)
            throw operation.Refuse($"mode '{mode}' must be DCR or CRD.");
        if (data[1] % (block * block) != 0)
            throw operation.Refuse($"{data[1]} channels are not a multiple of {block}².");
        return operation.Shape(OnnxShape.Batch, data[1] / (block * block), data[2] * block, data[3] * block);
    }

    private static OnnxShape SpaceToDepth(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0, rank: 4);
        long block = operation.Integer("blocksize", 0, min: 1, max: OnnxLimits.MaxReach);
        if (data[2] % block != 0 || data[3] % block != 0)
            throw operation.Refuse($"{data[2]}×{data[3]} is not a multiple of {block}×{block}.");
        return operation.Shape(OnnxShape.Batch, data[1] * block * block, data[2] / block, data[3] / block);
    }
}
