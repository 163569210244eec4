namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    /// <summary>Requires constant pads of 0 or more, none of them on the batch.</summary>
    private static OnnxShape Pad(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        string mode = operation.OneOf("mode", "constant", "reflect", "edge");
        ReadOnlySpan<long> pads = operation.Integers(1);
        if (operation.Has(2))
            _ = operation.Weights(2, rank: 0);
        long[] axes = operation.Has(3) ? [.. operation.Integers(3)] : [.. Enumerable.Range(0, data.Rank).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length)
            throw operation.Refuse($"{pads.Length} pads do not fit {axes.Length} axes; each takes two.");
        long[] result = data.Widen();
        var seen = new bool[data.Rank];
        for (int index = 0; index < axes.Length; index++)
        {
            (long before, long after) = (pads[index], pads[axes.Length + index]);
            if (axes[index] == 0 && before == 0 && after == 0)
                continue;
            int axis = operation.InnerAxis(axes[index], data);
            if (seen[axis])
                throw operation.Refuse($"axis {axis} is given twice.");
            seen[axis] = true;
            // A reflection repeats no element of the edge, and is no wider than the data.
            long most = mode == "reflect" ? Math.Min(data[axis] - 1, OnnxLimits.MaxReach) : OnnxLimits.MaxReach;
            if (before < 0 || after < 0 || before > most || after > most)
                throw operation.Refuse($"pads of {before} and {after} on axis {axis} are outside 0..{most}.");
            result[axis] += before + after;
        }

        return operation.Shape(result);
    }

    /// <summary>Requires constant scales or sizes of the two innermost axes of [N, C, H, W].</summary>
    private static OnnxShape Resize(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0, rank: 4);
        string mode = operation.OneOf("mode", "nearest", "linear", "cubic");
        operation.OneOf(
            "coordinate_transformation_mode",
            "half_pixel",
            "pytorch_half_pixel",
            "half_pixel_symmetric",
            "align_corners",
            "asymmetric"
        );
        operation.OneOf("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
        operation.OneOf("keep_aspect_ratio_policy", "stretch");
        operation.Integer("antialias", 0, min: 0, max: 0);
        operation.Integer("exclude_outside", 0, min: 0, max: 1);
        if (operation.Has(1))
            throw operation.Refuse("roi must be left out.");
        if (operation.Has(2) == operation.Has(3))
            throw operation.Refuse("exactly one of scales and sizes must be given.");
        long[] axes = [.. operation.Node.Integers("axes") ?? [0, 1, 2, 3]];
        long[] result = operation.Has(2) ? Scaled(operation, data, axes) : Sized(operation, data, axes);
        if (result[1] != data[1])
            throw operation.Refuse($"{data[1]} channels would become {result[1]}; only height and width can be resized.");
        OnnxShape shape = operation.Shape(result);
        operation.MultiplyAdds =
            shape.Elements
            * mode switch
            {
                "nearest" => 1,
                "linear" => 4,
                _ => 16,
            };
        // Positions and weights of each row and column.
        operation.Workspace = 8L * (shape[2] + shape[3]);
        return shape;
    }

    private static long[] Scaled(OnnxOperation operation, OnnxShape data, long[] axes)
    {
        if (operation.Initializer(2) is not { Element: OnnxElement.Float, Shape.Rank: 1 } tensor || tensor.Shape[0] != axes.Length)
            throw operation.Refuse($"scales must be a list of {axes.Length} floats.");
        ReadOnlySpan<float> scales = tensor.As<float>();
        long[] result = data.Widen();
        for (int index = 0; index < axes.Length; index++)
        {
            if (axes[index] == 0 && scales[index] == 1)
                continue;
            int axis = operation.InnerAxis(axes[index], data);
            // The runtime multiplies and truncates in binary32 too.
            float side = data[axis] * scales[index];
            if (!(side >= 1 && side <= OnnxLimits.MaxElements))
                throw operation.Refuse($"scale {scales[index]} of axis {axis} gives a size of {side}.");
            result[axis] = (long)side;
        }

        return result;
    }

    private static long[] Sized(OnnxOperation operation, OnnxShape data, long[] axes)
    {
        ReadOnlySpan<long> sizes = operation.Integers(3);
        if (sizes.Length != axes.Length)
            throw operation.Refuse($"{sizes.Length} sizes do not fit {axes.Length} axes.");
        long[] result = data.Widen();
        for (int index = 0; index < axes.Length; index++)
            result[operation.InnerAxis(axes[index], data)] = sizes[index];
        return result;
    }
}
