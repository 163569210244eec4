namespace Codec.Transforms.Programs;

/// <summary>One loop of a step over its operands.</summary>
/// <param name="Count">Number of passes; the number for one image if the loop includes the batch.</param>
/// <param name="IsBatched">Whether the loop includes the batch: then it has Count passes for each image.</param>
/// <param name="Left">Floats from one pass to the next in the first operand.</param>
/// <param name="Right">Floats from one pass to the next in the second operand.</param>
/// <param name="Target">Floats from one pass to the next in the result.</param>
internal readonly record struct Loop(int Count, bool IsBatched, int Left, int Right, int Target)
{
    /// <summary>Number of passes for a batch.</summary>
    public int Passes(int batch) => IsBatched ? Count * batch : Count;
}

/// <summary>
/// Computes the loops of a step, outermost first, beginning with the batch. Adjacent loops are merged where the strides allow it.
/// </summary>
internal static class LoopNest
{
    /// <summary>Computes the loops over the batch and the leading axes of views of the same sizes.</summary>
    /// <param name="axes">Number of leading axes to loop over.</param>
    /// <param name="left">The first operand.</param>
    /// <param name="right">The second operand; the first operand again if there is only one.</param>
    /// <param name="target">The result; it has at least these axes.</param>
    /// <returns>At least one loop.</returns>
    public static Loop[] Over(int axes, ValueView left, ValueView right, ValueView target)
    {
        var loops = new List<Loop>
        {
            new(1, IsBatched: true, left.Buffer.BatchStride, right.Buffer.BatchStride, target.Buffer.BatchStride),
        };
        for (int axis = 0; axis < axes; axis++)
        {
            if (left.Sizes[axis] == 1)
                continue;
            var inner = new Loop(left.Sizes[axis], IsBatched: false, left.Strides[axis], right.Strides[axis], target.Strides[axis]);
            Loop outer = loops[^1];
            if (
                outer.Left == inner.Left * inner.Count
                && outer.Right == inner.Right * inner.Count
                && outer.Target == inner.Target * inner.Count
            )
            {
                loops[^1] = inner with { Count = outer.Count * inner.Count, IsBatched = outer.IsBatched };
            }
            else
            {
                loops.Add(inner);
            }
        }

        return [.. loops];
    }
}
