namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    private static OnnxShape Pool(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0, rank: 4);
        operation.OneOf("auto_pad", "NOTSET");
        operation.Integer("storage_order", 0, min: 0, max: 0);
        operation.Integer("count_include_pad", 0, min: 0, max: 1);
        bool ceiling = operation.Integer("ceil_mode", 0, min: 0, max: 1) == 1;
        long[] kernel = Window.List(operation, "kernel_shape", 2, null, 1);
        if (kernel.Length == 0)
            throw operation.Refuse("kernel_shape is missing.");
        var window = Window.Read(operation, kernel);
        OnnxShape shape = operation.Shape(OnnxShape.Batch, data[1], Side(2), Side(3));
        operation.MultiplyAdds = shape.Elements * kernel[0] * kernel[1];
        return shape;

        long Side(int axis)
        {
            // Larger pads would give elements that are computed from padding alone.
            if (Math.Max(window.Before(axis), window.After(axis)) >= kernel[axis - 2])
            {
                throw operation.Refuse(
                    $"pads of {window.Before(axis)} and {window.After(axis)} must be below the kernel's {kernel[axis - 2]}."
                );
            }

            long covered = data[axis] + window.Pad(axis) - window.Extent(axis);
            if (covered < 0)
                throw operation.Refuse($"the kernel is larger than the padded data {data}.");
            // Versions of ONNX differ in the size that ceil_mode gives.
            if (ceiling && covered % window.Stride(axis) != 0)
                throw operation.Refuse("ceil_mode rounds a size up; pad the data before the pooling instead.");
            return covered / window.Stride(axis) + 1;
        }
    }

    private static OnnxShape GlobalPool(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        if (data.Rank < 3)
            throw operation.Refuse($"input 0 has shape {data}; it must have at least 3 dimensions.");
        operation.MultiplyAdds = data.Elements;
        return operation.Shape([OnnxShape.Batch, data[1], .. Enumerable.Repeat(1L, data.Rank - 2)]);
    }
}
