using Codec.Simd;

namespace Codec.Transforms.Programs;

/// <summary>Rows that are multiplied with a matrix.</summary>
/// <param name="Count">How many.</param>
/// <param name="Stride">Floats from a row to the next.</param>
/// <param name="DepthStride">Floats from an element of a row to the next.</param>
/// <param name="TargetStride">Floats from a row's result to the next's.</param>
internal readonly record struct BlockRows(int Count, int Stride, int DepthStride, int TargetStride);

/// <summary>
/// Products of a few rows with a few columns of a matrix, whose sums stay in registers. <see cref="PackedMatrix"/> says what is computed.
/// </summary>
/// <remarks>A file a vector width; there is none for plain C#, which multiplies row by row with <see cref="SparseSum"/>.</remarks>
internal static partial class BlockProduct
{
    /// <summary>Columns that are multiplied at once, or half of them.</summary>
    public const int Columns = 32;

    /// <summary>The largest of <see cref="Rows"/>.</summary>
    public const int MaxRows = 8;

    /// <summary>Rows that a path multiplies at once: 8 sums and more in registers hide the latency of the products.</summary>
    public static int Rows(SimdPath path) =>
        path switch
        {
            SimdPath.Vector512 => MaxRows,
            SimdPath.Vector256 => 4,
            SimdPath.Vector128 => 2,
            _ => int.MaxValue,
        };

    /// <summary>Computes the results of <see cref="Rows"/> rows.</summary>
    /// <param name="path">The way to take; not <see cref="SimdPath.Scalar"/>.</param>
    /// <param name="rows">Where rows and results lie.</param>
    /// <param name="depth">Elements of a row.</param>
    /// <param name="source">The rows.</param>
    /// <param name="weights">[depth, <see cref="SparseSum.Tile"/>] from the first of the columns on.</param>
    /// <param name="isHalf">Whether there are half as many columns.</param>
    /// <param name="scales">One for each column.</param>
    /// <param name="bias">One for each column.</param>
    /// <param name="target">The results, overwritten.</param>
    public static void Compute<T, TLanes>(
        SimdPath path,
        BlockRows rows,
        int depth,
        ReadOnlySpan<float> source,
        ReadOnlySpan<T> weights,
        bool isHalf,
        ReadOnlySpan<float> scales,
        ReadOnlySpan<float> bias,
        Span<float> target
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        // What the vector paths read and write without looking: the slices check it.
        int columns = isHalf ? Columns / 2 : Columns;
        source = source[..((rows.Count - 1) * rows.Stride + (depth - 1) * rows.DepthStride + 1)];
        weights = weights[..((depth - 1) * SparseSum.Tile + columns)];
        target = target[..((rows.Count - 1) * rows.TargetStride + columns)];
        if (path == SimdPath.Vector512 && !isHalf)
        {
            Compute512<T, TLanes>(rows, depth, source, weights, scales, bias, target);
            return;
        }

        for (int first = 0; first < columns; first += Columns / 2)
        {
            ReadOnlySpan<T> half = weights[first..];
            ReadOnlySpan<float> halfScales = scales[first..],
                halfBias = bias[first..];
            if (path == SimdPath.Vector512)
                Compute512Half<T, TLanes>(rows, depth, source, half, halfScales, halfBias, target[first..]);
            else if (path == SimdPath.Vector256)
                Compute256<T, TLanes>(rows, depth, source, half, halfScales, halfBias, target[first..]);
            else
                Compute128<T, TLanes>(rows, depth, source, half, halfScales, halfBias, target[first..]);
        }
    }
}
