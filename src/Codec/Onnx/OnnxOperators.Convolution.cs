namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    private static OnnxShape Conv(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0, rank: 4),
            weights = operation.Weights(1, rank: 4); // [N, C, H, W], [M, C/g, kh, kw]
        operation.OneOf("auto_pad", "NOTSET");
        var window = Window.Read(operation, Kernel(operation, weights));
        long group = operation.Integer("group", 1, min: 1, max: data[1]);
        if (data[1] != weights[1] * group || weights[0] % group != 0)
            throw operation.Refuse($"weights {weights} in {group} groups do not fit data {data}.");
        CheckBias(operation, weights[0]);
        OnnxShape shape = operation.Shape(OnnxShape.Batch, weights[0], Side(2), Side(3));
        long perPixel = weights.Elements / weights[0]; // C/g · kh · kw
        operation.MultiplyAdds = shape.Elements * perPixel;
        operation.Workspace = (long)shape[2] * shape[3] * perPixel; // im2col
        return shape;

        long Side(int axis)
        {
            long covered = data[axis] + window.Pad(axis) - window.Extent(axis);
            return covered < 0
                ? throw operation.Refuse($"the kernel is larger than the padded data {data}.")
                : covered / window.Stride(axis) + 1;
        }
    }

    private static OnnxShape ConvTranspose(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0, rank: 4),
            weights = operation.Weights(1, rank: 4); // [N, C, H, W], [C, M/g, kh, kw]
        operation.OneOf("auto_pad", "NOTSET");
        var window = Window.Read(operation, Kernel(operation, weights));
        long group = operation.Integer("group", 1, min: 1, max: data[1]);
        if (data[1] != weights[0] || data[1] % group != 0)
            throw operation.Refuse($"weights {weights} in {group} groups do not fit data {data}.");
        long[] extra = Window.List(operation, "output_padding", 2, 0, 0);
        long channels = weights[1] * group;
        CheckBias(operation, channels);
        OnnxShape shape = operation.Shape(OnnxShape.Batch, channels, Side(2), Side(3));
        operation.Workspace = weights.Elements / weights[0] * data[2] * data[3]; // col2im, a group at a time
        operation.MultiplyAdds = operation.Workspace * data[1];
        return shape;

        long Side(int axis)
        {
            if (extra[axis - 2] >= window.Stride(axis))
                throw operation.Refuse($"output_padding {extra[axis - 2]} must be below the stride {window.Stride(axis)}.");
            return window.Stride(axis) * (data[axis] - 1) + extra[axis - 2] + window.Extent(axis) - window.Pad(axis);
        }
    }

    private static long[] Kernel(OnnxOperation operation, OnnxShape weights)
    {
        long[] kernel = Window.List(operation, "kernel_shape", 2, null, 1);
        if (kernel.Length == 0)
            return [weights[2], weights[3]];
        return kernel[0] == weights[2] && kernel[1] == weights[3]
            ? kernel
            : throw operation.Refuse($"kernel_shape [{string.Join(", ", kernel)}] is not that of the weights {weights}.");
    }

    private static void CheckBias(OnnxOperation operation, long channels)
    {
        if (operation.Has(2) && operation.Weights(2, rank: 1)[0] != channels)
            throw operation.Refuse($"the bias {operation.Floats(2)} must have {channels} elements.");
    }

    /// <summary>How a kernel moves over the data; axes 2 and 3 are height and width.</summary>
    private sealed record Window(long[] Kernel, long[] Strides, long[] Dilations, long[] Pads)
    {
        public static Window Read(OnnxOperation operation, long[] kernel) =>
            new(kernel, List(operation, "strides", 2, 1, 1), List(operation, "dilations", 2, 1, 1), List(operation, "pads", 4, 0, 0));

        public static long[] List(OnnxOperation operation, string name, int length, long? otherwise, long min)
        {
            if (operation.Node.Integers(name) is not { } list)
                return otherwise is { } value ? [.. Enumerable.Repeat(value, length)] : [];
            if (list.Count != length || list.Any(value => value < min || value > OnnxLimits.MaxReach))
            {
                throw operation.Refuse(
                    $"{name} is [{string.Join(", ", list)}]; it must be {length} integers of {min}..{OnnxLimits.MaxReach}."
                );
            }

            return [.. list];
        }

        public long Stride(int axis) => Strides[axis - 2];

        public long Extent(int axis) => Dilations[axis - 2] * (Kernel[axis - 2] - 1) + 1;

        public long Before(int axis) => Pads[axis - 2];

        public long After(int axis) => Pads[axis];

        public long Pad(int axis) => Before(axis) + After(axis);
    }
}
