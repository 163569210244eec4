using Codec.Onnx;
using Codec.Trainer.Import.Exported;

namespace Codec.Trainer.Import;

// Kernels that move over images: exporters leave pads to the runtime (auto_pad, output_shape), published graphs state them.
internal sealed partial class GraphImport
{
    private Data Windowed(ExportedNode node, Value?[] inputs)
    {
        string auto = Attributes.Text(node, "auto_pad", "NOTSET");
        long[]? wanted = node.OpType == "ConvTranspose" ? Attributes.Integers(node, "output_shape") : null;
        if (auto is "NOTSET" or "VALID" && wanted is null)
            return Emit(node.OpType, inputs, Attributes.Copy(node, "auto_pad"));
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"))
            throw new ArgumentException($"auto_pad is '{auto}'; NOTSET, VALID, SAME_UPPER and SAME_LOWER are allowed.");

        Data data = NeedData(inputs, 0);
        OnnxShape? weights = Need(inputs, Math.Min(1, inputs.Length - 1)) switch
        {
            Constant { Tensor.Dimensions: { Length: 4 } sides } when OnnxShape.TryCreate(sides, out OnnxShape? shape) => shape,
            Data { Shape: { IsBatched: false, Rank: 4 } shape } => shape,
            _ => null,
        };
        long[] kernel = Attributes.Integers(node, "kernel_shape") ?? (weights is null ? [] : [weights[2], weights[3]]);
        long[] strides = Attributes.Integers(node, "strides") ?? [1, 1],
            dilations = Attributes.Integers(node, "dilations") ?? [1, 1],
            extra = Attributes.Integers(node, "output_padding") ?? [0, 0];
        if (data.Shape.Rank != 4 || kernel.Length != 2 || strides.Length != 2 || dilations.Length != 2 || extra.Length != 2)
            throw new ArgumentException($"{data.Shape} and a kernel of [{string.Join(", ", kernel)}] are not of two dimensions.");
        bool reaches = kernel.Concat(strides).Concat(dilations).All(value => value is >= 1 and <= OnnxLimits.MaxReach);
        if (!reaches || extra.Any(value => value is < 0 or > OnnxLimits.MaxReach))
            throw new ArgumentException($"kernel, strides, dilations and output_padding must be at most {OnnxLimits.MaxReach}.");

        var pads = new long[4];
        for (int axis = 0; axis < 2; axis++)
        {
            long side = data.Shape[axis + 2],
                extent = dilations[axis] * (kernel[axis] - 1) + 1;
            long total =
                node.OpType == "ConvTranspose"
                    ? strides[axis] * (side - 1) + extra[axis] + extent - (wanted?[^(2 - axis)] ?? side * strides[axis])
                    : ((side + strides[axis] - 1) / strides[axis] - 1) * strides[axis] + extent - side;
            total = Math.Max(total, 0);
            // SAME_UPPER puts an odd element at the end, all others at the beginning.
            pads[axis] = auto == "SAME_UPPER" ? total / 2 : total - total / 2;
            pads[axis + 2] = total - pads[axis];
        }

        return Emit(node.OpType, inputs, [.. Attributes.Copy(node, "auto_pad", "output_shape", "pads"), Attributes.Of("pads", pads)]);
    }
}
