using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Codec.Transforms;

/// <summary>A matrix in memory, whose rows may be far apart.</summary>
/// <param name="elements">The elements; borrowed.</param>
/// <param name="rowStride">Floats from one row to the next.</param>
/// <param name="columnStride">Floats from one column to the next.</param>
internal readonly ref struct MatrixView(ReadOnlySpan<float> elements, int rowStride, int columnStride)
{
    public readonly ReadOnlySpan<float> Elements = elements;
    public readonly int RowStride = rowStride;
    public readonly int ColumnStride = columnStride;
}

/// <summary>
/// Multiplies two matrices as they are in memory; <see cref="Programs.PackedMatrix"/> is faster where one is a constant of a graph.
/// </summary>
/// <remarks>
/// Each sum begins at zero and adds its products in order, each by one multiply-add, so that the plain loop and the vectors give the same
/// floats on one machine.
/// </remarks>
internal static class MatrixProduct
{
    // Rows and columns of which the sums stay in registers: eight sums hide the latency of a multiply-add.
    private const int Rows = 4;
    private const int Columns = 2 * Lanes;
    private const int Lanes = 8;

    /// <summary>product[i, j] = Σ over k of left[i, k] · right[k, j].</summary>
    /// <param name="left">[rows, depth].</param>
    /// <param name="right">[depth, columns], each row contiguous: its column stride is 1.</param>
    /// <param name="rows">Rows of the product, 1 or more.</param>
    /// <param name="depth">Terms of a sum, 1 or more.</param>
    /// <param name="columns">Columns of the product, 1 or more.</param>
    /// <param name="product">[rows, <paramref name="stride"/>]; its first columns are overwritten.</param>
    /// <param name="stride">Floats from one row of the product to the next.</param>
    public static void Compute(MatrixView left, MatrixView right, int rows, int depth, int columns, Span<float> product, int stride)
    {
        // The vector path reads and writes without bounds checks: these slices check the bounds for it.
        ReadOnlySpan<float> a = left.Elements[..((rows - 1) * left.RowStride + (depth - 1) * left.ColumnStride + 1)],
            b = right.Elements[..((depth - 1) * right.RowStride + columns)];
        product = product[..((rows - 1) * stride + columns)];
        if (columns < Columns || !Vector256.IsHardwareAccelerated)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    float sum = 0;
                    for (int k = 0; k < depth; k++)
                        sum = SparseSum.MultiplyAdd(a[i * left.RowStride + k * left.ColumnStride], b[k * right.RowStride + j], sum);
                    product[i * stride + j] = sum;
                }
            }

            return;
        }

        for (int i = 0; i < rows; i += Rows)
        {
            // The last columns are computed twice where they are no whole block.
            for (int j = 0; j < columns; j += Columns)
            {
                int column = Math.Min(j, columns - Columns);
                ComputeBlock(
                    new MatrixView(a[(i * left.RowStride)..], left.RowStride, left.ColumnStride),
                    new MatrixView(b[column..], right.RowStride, 1),
                    Math.Min(Rows, rows - i),
                    depth,
                    product[(i * stride + column)..],
                    stride
                );
            }
        }
    }

    private static void ComputeBlock(MatrixView left, MatrixView right, int rows, int depth, Span<float> product, int stride)
    {
        // Rows past the last repeat it, and are not stored.
        ref float row0 = ref MemoryMarshal.GetReference(left.Elements),
            column = ref MemoryMarshal.GetReference(right.Elements);
        ref float row1 = ref Unsafe.Add(ref row0, Math.Min(1, rows - 1) * left.RowStride),
            row2 = ref Unsafe.Add(ref row0, Math.Min(2, rows - 1) * left.RowStride),
            row3 = ref Unsafe.Add(ref row0, Math.Min(3, rows - 1) * left.RowStride);
        nint step = 0;
        Vector256<float> low0 = default,
            low1 = default,
            low2 = default,
            low3 = default,
            high0 = default,
            high1 = default,
            high2 = default,
            high3 = default;
        for (int k = 0; k < depth; k++)
        {
            Vector256<float> low = Vector256.LoadUnsafe(ref column),
                high = Vector256.LoadUnsafe(ref column, Lanes);
            var factor = Vector256.Create(Unsafe.Add(ref row0, step));
            (low0, high0) = (SparseSum.MultiplyAdd(factor, low, low0), SparseSum.MultiplyAdd(factor, high, high0));
            factor = Vector256.Create(Unsafe.Add(ref row1, step));
            (low1, high1) = (SparseSum.MultiplyAdd(factor, low, low1), SparseSum.MultiplyAdd(factor, high, high1));
            factor = Vector256.Create(Unsafe.Add(ref row2, step));
            (low2, high2) = (SparseSum.MultiplyAdd(factor, low, low2), SparseSum.MultiplyAdd(factor, high, high2));
            factor = Vector256.Create(Unsafe.Add(ref row3, step));
            (low3, high3) = (SparseSum.MultiplyAdd(factor, low, low3), SparseSum.MultiplyAdd(factor, high, high3));
            column = ref Unsafe.Add(ref column, right.RowStride);
            step += left.ColumnStride;
        }

        Store(low0, high0, product);
        if (rows > 1)
            Store(low1, high1, product[stride..]);
        if (rows > 2)
            Store(low2, high2, product[(2 * stride)..]);
        if (rows > 3)
            Store(low3, high3, product[(3 * stride)..]);
    }

    private static void Store(Vector256<float> low, Vector256<float> high, Span<float> target)
    {
        low.CopyTo(target);
        high.CopyTo(target[Lanes..]);
    }
}
