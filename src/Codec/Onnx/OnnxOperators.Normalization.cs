namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    // Multiply-adds of an element that is normalized: its share of mean and variance, then scale and offset.
    private const int NormalizationCost = 4;

    private static OnnxShape BatchNormalization(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        if (data.Rank < 2)
            throw operation.Refuse($"input 0 has shape {data}; it must have channels.");
        operation.Integer("training_mode", 0, min: 0, max: 0);
        for (int index = 1; index < 5; index++)
            CheckChannels(operation, index, data[1]);
        return Normalized(operation, data);
    }

    private static OnnxShape InstanceNormalization(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        if (data.Rank < 3)
            throw operation.Refuse($"input 0 has shape {data}; it must have at least 3 dimensions.");
        CheckChannels(operation, 1, data[1]);
        CheckChannels(operation, 2, data[1]);
        return Normalized(operation, data);
    }

    private static OnnxShape GroupNormalization(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        if (data.Rank < 3)
            throw operation.Refuse($"input 0 has shape {data}; it must have at least 3 dimensions.");
        long groups = operation.Integer("num_groups", 0, min: 1, max: data[1]);
        operation.Integer("stash_type", 1, min: 1, max: 1);
        if (data[1] % groups != 0)
            throw operation.Refuse($"{data[1]} channels are not a multiple of {groups} groups.");
        // Before operator set 21, scale and bias have an element a group.
        long count = operation.Weights(1, rank: 1)[0] == groups ? groups : data[1];
        CheckChannels(operation, 1, count);
        CheckChannels(operation, 2, count);
        return Normalized(operation, data);
    }

    private static OnnxShape LayerNormalization(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        int axis = operation.InnerAxis(operation.Node.Integer("axis", -1), data);
        operation.Integer("stash_type", 1, min: 1, max: 1);
        for (int index = 1; index < operation.Count; index++)
        {
            if (operation.Has(index) && !operation.Weights(index, data.Rank - axis).Dimensions.SequenceEqual(data.Dimensions[axis..]))
            {
                throw operation.Refuse(
                    $"input {index} has shape {operation.Floats(index)}; it must have that of {data} from axis {axis} on."
                );
            }
        }

        return Normalized(operation, data);
    }

    /// <summary>Averages over inner axes, which are an attribute, or from operator set 18 on an input.</summary>
    private static OnnxShape ReduceMean(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        operation.Integer("noop_with_empty_axes", 0, min: 0, max: 0);
        bool kept = operation.Integer("keepdims", 1, min: 0, max: 1) == 1;
        long[] axes = operation.Has(1) ? [.. operation.Integers(1)] : [.. operation.Node.Integers("axes") ?? []];
        if (axes.Length == 0)
            throw operation.Refuse("axes are missing; without them the batch would be averaged too.");
        int[] inner = [.. axes.Select(axis => operation.InnerAxis(axis, data)).Order()];
        if (inner.Distinct().Count() != inner.Length)
            throw operation.Refuse($"axes [{string.Join(", ", axes)}] name an axis twice.");
        operation.MultiplyAdds = data.Elements;
        return operation.Shape([
            .. data.Widen().Select((side, axis) => inner.Contains(axis) ? (kept ? 1L : 0L) : side).Where(side => side != 0),
        ]);
    }

    private static OnnxShape Normalized(OnnxOperation operation, OnnxShape data)
    {
        operation.MultiplyAdds = NormalizationCost * data.Elements;
        // Runtimes expand some of these into a handful of operators, each with a result of this size.
        operation.Workspace = 8 * data.Elements;
        return data;
    }

    private static void CheckChannels(OnnxOperation operation, int index, long channels)
    {
        if (operation.Weights(index, rank: 1)[0] != channels)
            throw operation.Refuse($"input {index} has shape {operation.Floats(index)}; it must have {channels} elements.");
    }
}
