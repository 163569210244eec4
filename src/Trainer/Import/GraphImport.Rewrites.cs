using Codec.Onnx;
using Codec.Trainer.Import.Exported;

namespace Codec.Trainer.Import;

// Replaces the operators of exporters by those of published graphs. Sizes without the batch are "inner".
internal sealed partial class GraphImport
{
    private Value[] Rewrite(ExportedNode node, Value?[] inputs) =>
        node.OpType switch
        {
            // A dropout does nothing outside of training.
            "Identity" or "Dropout" => [Need(inputs, 0)],
            "Cast" => [Cast(node, Need(inputs, 0))],
            "Reshape" => [Reshape(NeedData(inputs, 0), Integers(inputs, 1))],
            "Squeeze" => [Squeeze(NeedData(inputs, 0), Has(inputs, 1) ? Integers(inputs, 1) : null)],
            "Unsqueeze" => [Unsqueeze(NeedData(inputs, 0), Integers(inputs, 1))],
            "Split" => Split(node, inputs),
            "Slice" => [Slice(inputs)],
            "Gather" => [Gather(node, inputs)],
            "Clip" => [Emit("Clip", [Need(inputs, 0), ScalarOrNone(inputs, 1), ScalarOrNone(inputs, 2)])],
            "Pad" => [Pad(node, inputs)],
            "Resize" => [Resize(node, inputs)],
            "Gemm" => [Gemm(node, inputs)],
            "Conv" or "ConvTranspose" or "MaxPool" or "AveragePool" => [Windowed(node, inputs)],
            _ => [Emit(node.OpType, inputs, Attributes.Copy(node))],
        };

    private static Value Cast(ExportedNode node, Value input) =>
        Attributes.Integer(node, "to", 0, 0, int.MaxValue) == (long)ExportedElement.Float
            ? input
            : throw new ArgumentException("values that depend on the image must be float32; export in float32.");

    private Data Reshape(Data data, long[] wanted)
    {
        if (wanted.Length < 2)
            throw new ArgumentException($"the new shape [{string.Join(", ", wanted)}] has no batch; the batch must stay the first side.");
        long[] inner = wanted[1..];
        long known = 1,
            open = -1;
        for (int axis = 0; axis < inner.Length; axis++)
        {
            if (inner[axis] == 0 && axis + 1 < data.Shape.Rank)
                inner[axis] = data.Shape[axis + 1];
            if (inner[axis] == -1 && open < 0)
            {
                open = axis;
                continue;
            }

            if (inner[axis] < 1 || inner[axis] > OnnxLimits.MaxElements / known)
            {
                throw new ArgumentException(
                    $"the new shape [{string.Join(", ", wanted)}] has a side that is not 1..{OnnxLimits.MaxElements}."
                );
            }

            known *= inner[axis];
        }

        if (open >= 0)
            inner[open] = data.Shape.Elements / known;
        if (known * (open >= 0 ? inner[open] : 1) != data.Shape.Elements || wanted[0] < -1)
        {
            throw new ArgumentException(
                $"the new shape [{string.Join(", ", wanted)}] of {data.Shape} would mix images of a batch; the batch must stay the first side."
            );
        }

        return To(data, inner);
    }

    private Data To(Data data, long[] inner) => Emit("Reshape", [data, List([-1, .. inner])]);

    private Data Squeeze(Data data, long[]? axes)
    {
        int rank = data.Shape.Rank;
        int[] gone = axes is null
            ? [.. Enumerable.Range(1, rank - 1).Where(axis => data.Shape[axis] == 1)]
            : [.. axes.Select(axis => Inner(axis, rank))];
        if (gone.Any(axis => data.Shape[axis] != 1))
            throw new ArgumentException($"axes [{string.Join(", ", gone)}] of {data.Shape} are not all 1.");
        return To(data, [.. data.Shape.Widen().Where((_, axis) => axis > 0 && !gone.Contains(axis))]);
    }

    private Data Unsqueeze(Data data, long[] axes)
    {
        int rank = data.Shape.Rank + axes.Length;
        if (rank > OnnxLimits.MaxRank)
            throw new ArgumentException($"the result has {rank} dimensions; at most {OnnxLimits.MaxRank} are allowed.");
        int[] added = [.. axes.Select(axis => Inner(axis, rank))];
        if (added.Distinct().Count() != added.Length)
            throw new ArgumentException($"axes [{string.Join(", ", axes)}] name an axis twice.");
        var old = new Queue<long>(data.Shape.Widen().Skip(1));
        return To(data, [.. Enumerable.Range(1, rank - 1).Select(axis => added.Contains(axis) ? 1 : old.Dequeue())]);
    }

    private Data[] Split(ExportedNode node, Value?[] inputs)
    {
        Data data = NeedData(inputs, 0);
        int axis = Inner(Attributes.Integer(node, "axis", 0, -OnnxLimits.MaxRank, OnnxLimits.MaxRank), data.Shape.Rank);
        int count = node.Output.Count;
        long part = (data.Shape[axis] + count - 1) / count;
        long[] sizes = Has(inputs, 1)
            ? Integers(inputs, 1)
            : [.. Enumerable.Range(0, count).Select(index => Math.Min(part, data.Shape[axis] - index * part))];
        if (sizes.Length != count || sizes.Any(size => size < 1) || sizes.Sum() != data.Shape[axis])
            throw new ArgumentException($"parts of [{string.Join(", ", sizes)}] do not divide axis {axis} of {data.Shape} into {count}.");
        var parts = new Data[count];
        long start = 0;
        for (int index = 0; index < count; index++)
        {
            parts[index] = Emit("Slice", [data, List(start), List(start + sizes[index]), List(axis), List(1)]);
            start += sizes[index];
        }

        return parts;
    }

    private Data Slice(Value?[] inputs)
    {
        Data data = NeedData(inputs, 0);
        long[] starts = Integers(inputs, 1),
            ends = Integers(inputs, 2);
        long[] axes = Has(inputs, 3) ? Integers(inputs, 3) : [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        long[] steps = Has(inputs, 4) ? Integers(inputs, 4) : [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw new ArgumentException("starts, ends, axes and steps must be equally long.");
        // [:, …] keeps the whole batch.
        int[] kept =
        [
            .. Enumerable
                .Range(0, starts.Length)
                .Where(index => axes[index] != 0 || starts[index] != 0 || ends[index] < int.MaxValue || steps[index] != 1),
        ];
        if (kept.Length == 0)
            return data;
        return Emit("Slice", [data, Pick(starts), Pick(ends), Pick(axes), Pick(steps)]);

        Constant Pick(long[] values) => List([.. kept.Select(index => values[index])]);
    }

    private Data Gather(ExportedNode node, Value?[] inputs)
    {
        Data data = NeedData(inputs, 0);
        int axis = Inner(Attributes.Integer(node, "axis", 0, -OnnxLimits.MaxRank, OnnxLimits.MaxRank), data.Shape.Rank);
        ConstantTensor indices = NeedConstant(inputs, 1);
        if (indices.Dimensions.Length > 1)
            throw new ArgumentException($"the indices have {indices.Dimensions.Length} dimensions; at most 1 is allowed.");
        Data picked = Emit("Gather", [data, List(indices.Integers())], Attributes.Of("axis", axis));
        return indices.Dimensions.Length == 1
            ? picked
            : To(picked, [.. data.Shape.Widen().Where((_, other) => other > 0 && other != axis)]);
    }

    private Data Pad(ExportedNode node, Value?[] inputs)
    {
        Data data = NeedData(inputs, 0);
        long[] pads = Integers(inputs, 1);
        return pads.All(pad => pad == 0)
            ? data
            : Emit(
                "Pad",
                [data, List(pads), ScalarOrNone(inputs, 2), Has(inputs, 3) ? List(Integers(inputs, 3)) : null],
                Attributes.Copy(node)
            );
    }

    private Data Resize(ExportedNode node, Value?[] inputs)
    {
        Data data = NeedData(inputs, 0);
        AttributeProto[] attributes = Attributes.Copy(node);
        if (Has(inputs, 2) && NeedConstant(inputs, 2) is { Elements: > 0 } scales)
            return Emit("Resize", [data, null, new Constant(scales)], attributes);
        long[] sizes = Integers(inputs, 3);
        if (attributes.Any(attribute => attribute.Name == "axes"))
            return Emit("Resize", [data, null, null, List(sizes)], attributes);
        // Sizes would fix the batch, which must stay free: scales give the same.
        if (sizes.Length != data.Shape.Rank)
            throw new ArgumentException($"{sizes.Length} sizes do not fit {data.Shape}.");
        float[] factors = [1, .. Enumerable.Range(1, sizes.Length - 1).Select(axis => Factor(data.Shape[axis], sizes[axis]))];
        return Emit("Resize", [data, null, new Constant(ConstantTensor.Of(factors))], attributes);

        // The smallest scale in binary32 that truncates to the size.
        static float Factor(int side, long size)
        {
            float factor = (float)size / side;
            return (long)(factor * side) < size ? float.BitIncrement(factor) : factor;
        }
    }

    private Data Gemm(ExportedNode node, Value?[] inputs)
    {
        // [1, S] is a bias of S.
        if (Has(inputs, 2) && inputs[2] is Constant { Tensor: { Dimensions.Length: > 1 } bias })
            inputs[2] = new Constant(bias.As(bias.Elements));
        return Emit("Gemm", inputs, Attributes.Copy(node));
    }

    private static int Inner(long axis, int rank)
    {
        long counted = axis < 0 ? axis + rank : axis;
        return counted >= 1 && counted < rank
            ? (int)counted
            : throw new ArgumentException($"axis {axis} is outside 1..{rank - 1} (0 is the batch, which must stay the first side).");
    }

    private static Constant List(params ReadOnlySpan<long> values) => new(ConstantTensor.Of(values));

    private static bool Has(Value?[] inputs, int index) => index < inputs.Length && inputs[index] is not null;

    private static Value Need(Value?[] inputs, int index) =>
        Has(inputs, index) ? inputs[index]! : throw new ArgumentException($"input {index} is missing.");

    private static Data NeedData(Value?[] inputs, int index) =>
        Need(inputs, index) is Data { Shape.IsBatched: true } data
            ? data
            : throw new ArgumentException($"input {index} must depend on the image, with the batch as the first side.");

    private static ConstantTensor NeedConstant(Value?[] inputs, int index) =>
        Need(inputs, index) is Constant constant
            ? constant.Tensor
            : throw new ArgumentException($"input {index} depends on the image; it must be a constant.");

    private static long[] Integers(Value?[] inputs, int index) => NeedConstant(inputs, index).Integers();

    private static Constant? ScalarOrNone(Value?[] inputs, int index)
    {
        if (!Has(inputs, index))
            return null;
        ConstantTensor tensor = NeedConstant(inputs, index);
        return tensor.Elements == 1 ? new Constant(tensor.As()) : throw new ArgumentException($"input {index} must be a scalar.");
    }
}
