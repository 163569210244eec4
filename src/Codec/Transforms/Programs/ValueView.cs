namespace Codec.Transforms.Programs;

/// <summary>
/// A value of a graph as a strided view of a buffer: reordering axes, and selecting part of an axis or repeating it, copy nothing.
/// </summary>
/// <param name="Buffer">The buffer that is viewed.</param>
/// <param name="Offset">Index of the first float in each image.</param>
/// <param name="Sizes">The value's dimensions without the batch.</param>
/// <param name="Strides">Floats from one index of each axis to the next; 0 repeats.</param>
internal sealed record ValueView(ProgramBuffer Buffer, int Offset, int[] Sizes, int[] Strides)
{
    /// <summary>Whether the view is the whole buffer, row-major.</summary>
    public bool IsWhole => Offset == 0 && IsContiguous && Elements == Buffer.Length;

    /// <summary>Number of elements of one image.</summary>
    public int Elements => Sizes.Aggregate(1, (product, side) => product * side);

    /// <summary>Whether the elements are contiguous and row-major.</summary>
    public bool IsContiguous
    {
        get
        {
            int expected = 1;
            for (int axis = Sizes.Length - 1; axis >= 0; axis--)
            {
                if (Sizes[axis] != 1 && Strides[axis] != expected)
                    return false;
                expected *= Sizes[axis];
            }

            return true;
        }
    }

    /// <summary>Creates a row-major view of a whole buffer.</summary>
    public static ValueView Of(ProgramBuffer buffer, int[] sizes)
    {
        var strides = new int[sizes.Length];
        int stride = 1;
        for (int axis = sizes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= sizes[axis];
        }

        return new ValueView(buffer, 0, sizes, strides);
    }

    /// <summary>Reorders the axes.</summary>
    /// <param name="order">For each axis of the result, the axis of this view.</param>
    public ValueView Permute(int[] order) =>
        this with
        {
            Sizes = [.. order.Select(axis => Sizes[axis])],
            Strides = [.. order.Select(axis => Strides[axis])],
        };

    /// <summary>Selects every step-th index of an axis, from a start on.</summary>
    public ValueView Slice(int axis, int start, int step, int count)
    {
        (int[] sizes, int[] strides) = ([.. Sizes], [.. Strides]);
        (sizes[axis], strides[axis]) = (count, Strides[axis] * step);
        return this with { Offset = Offset + start * Strides[axis], Sizes = sizes, Strides = strides };
    }

    /// <summary>Repeats axes of size 1 to the sizes of a larger value; axes are aligned at the right.</summary>
    public ValueView Broadcast(int[] sizes)
    {
        var strides = new int[sizes.Length];
        int missing = sizes.Length - Sizes.Length;
        for (int axis = missing; axis < sizes.Length; axis++)
            strides[axis] = Sizes[axis - missing] == 1 ? 0 : Strides[axis - missing];
        return this with { Sizes = sizes, Strides = strides };
    }
}
