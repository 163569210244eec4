using System.Diagnostics.CodeAnalysis;

namespace Codec.Onnx;

/// <summary>Dimensions of a value, outermost first. Only the outermost may be free (the batch).</summary>
internal sealed class OnnxShape
{
    /// <summary>Marks the batch N among the dimensions.</summary>
    public const int Batch = -1;

    private readonly int[] _dimensions;

    private OnnxShape(int[] dimensions, long elements) => (_dimensions, Elements) = (dimensions, elements);

    /// <summary>Number of dimensions, the batch included.</summary>
    public int Rank => _dimensions.Length;

    /// <summary>Whether the outermost dimension is the batch.</summary>
    public bool IsBatched => Rank > 0 && _dimensions[0] == Batch;

    /// <summary>
    /// Elements of one image, or of a constant: the product of the fixed dimensions; at most <see cref="OnnxLimits.MaxElements"/>.
    /// </summary>
    public long Elements { get; }

    /// <summary>The dimensions, <see cref="Batch"/> for the batch.</summary>
    public ReadOnlySpan<int> Dimensions => _dimensions;

    /// <summary>The dimension at an axis; <c>^1</c> is the innermost.</summary>
    public int this[Index axis] => _dimensions[axis];

    /// <summary>Creates a shape from dimensions within the bounds; the product cannot overflow.</summary>
    public static bool TryCreate(ReadOnlySpan<long> dimensions, [NotNullWhen(true)] out OnnxShape? shape)
    {
        shape = null;
        if (dimensions.Length > OnnxLimits.MaxRank)
            return false;
        var checkedDimensions = new int[dimensions.Length];
        long elements = 1;
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            long dimension = dimensions[axis];
            checkedDimensions[axis] = unchecked((int)dimension);
            if (axis == 0 && dimension == Batch)
                continue;
            if (dimension < 1 || dimension > OnnxLimits.MaxElements / elements)
                return false;
            elements *= dimension;
        }

        shape = new OnnxShape(checkedDimensions, elements);
        return true;
    }

    /// <summary>Creates the shape [N, dimensions…] from dimensions that are known to be within the bounds.</summary>
    public static OnnxShape Batched(ReadOnlySpan<int> dimensions) =>
        TryCreate([Batch, .. WidenAll(dimensions)], out OnnxShape? shape)
            ? shape
            : throw new ArgumentOutOfRangeException(nameof(dimensions));

    /// <summary>Whether both have the same dimensions.</summary>
    public bool Matches(OnnxShape other) => _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <summary>Returns the dimensions as 64-bit integers, so that arithmetic on them cannot overflow.</summary>
    public long[] Widen() => WidenAll(_dimensions);

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _dimensions.Select(side => side == Batch ? "N" : $"{side}"))}]";

    private static long[] WidenAll(ReadOnlySpan<int> dimensions)
    {
        var wide = new long[dimensions.Length];
        for (int axis = 0; axis < wide.Length; axis++)
            wide[axis] = dimensions[axis];
        return wide;
    }
}
