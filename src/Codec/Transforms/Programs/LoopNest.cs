namespace Codec.Transforms.Programs;

/// <summary>One loop of a step over its operands.</summary>
/// <param name="Count">Passes; of one image where the loop runs over the batch too.</param>
/// <param name="IsBatched">Whether the passes are as many times more as there are images.</param>
/// <param name="Left">Floats from pass to pass in the first operand.</param>
/// <param name="Right">In the second.</param>
/// <param name="Target">In the result.</param>
internal readonly record struct Loop(int Count, bool IsBatched, int Left, int Right, int Target)
{
    /// <summary>Passes over a batch.</summary>
    public int Passes(int batch) => IsBatched ? Count * batch : Count;
}

/// <summary>The loops of a step, outermost first, the batch outermost of all: as few as the strides allow.</summary>
internal static class LoopNest
{
    /// <summary>Loops over the batch and the leading axes of equally large views.</summary>
    /// <param name="axes">How many axes are looped over.</param>
    /// <param name="left">The first operand.</param>
    /// <param name="right">The second; the first again where there is one only.</param>
    /// <param name="target">The result, at least of these axes.</param>
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
