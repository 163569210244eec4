using Codec.Simd;

namespace Codec.Transforms.Programs;

/// <summary>The layout of rows and of their results, in a product with a matrix.</summary>
/// <param name="Count">Number of rows.</param>
/// <param name="Stride">Floats from one row to the next.</param>
/// <param name="DepthStride">Floats from one element of a row to the next.</param>
/// <param name="TargetStride">Floats from one row's result to the next row's.</param>
internal readonly record struct BlockRows(int Count, int Stride, int DepthStride, int TargetStride);

/// <summary>
/// Multiplies a few rows by a few columns of a matrix; the sums stay in registers. <see cref="PackedMatrix"/> specifies the results.
/// </summary>
/// <remarks>One file for each vector width. The scalar path multiplies row by row with <see cref="SparseSum"/> instead.</remarks>
internal static partial class BlockProduct
{
    /// <summary>Number of columns in a block; half a block has half as many.</summary>
    public const int Columns = 32;

    /// <summary>The largest of <see cref="Rows"/>.</summary>
    public const int MaxRows = 8;

    /// <summary>Number of rows that a path multiplies at once: 8 or more sums in registers hide the latency of the products.</summary>
    public static int Rows(SimdPath path) =>
        path switch
        {
            SimdPath.Vector512 => MaxRows,
            SimdPath.Vector256 => 4,
            SimdPath.Vector128 => 2,
            _ => int.MaxValue,
        };

    /// <summary>Computes the results of <see cref="Rows"/> rows.</summary>
    /// <param name="path">The vector width; not <see cref="SimdPath.Scalar"/>.</param>
    /// <param name="rows">The layout of rows and results.</param>
    /// <param name="depth">Number of elements in a row.</param>
    /// <param name="source">The rows.</param>
    /// <param name="weights">[depth, <see cref="SparseSum.Tile"/>] from the first column on.</param>
    /// <param name="isHalf">Whether to compute half a block of columns.</param>
    /// <param name="scales">One for each column.</param>
    /// <param name="bias">One for each column.</param>
    /// <param name="target">The results; overwritten.</param>
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
        // The vector paths read and write without bounds checks: these slices check the bounds for them.
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
