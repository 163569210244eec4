using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Codec.Transforms;

// 256 bits: 32 pixels of a line in four sums of 8 lanes, pixel x in lane x % 8 of sum x / 8; two lines at once hide the products' latency.
internal sealed partial class SeparableSynthesis
{
    private const int Lanes = 8,
        Run = 4 * Lanes;

    private static void AddScaledVector(Span<float> column, bool isFilled, ReadOnlySpan<float> basis, float factor)
    {
        // A mask, because whether a column is filled cannot be predicted.
        Vector256<float> kept = Vector256.Create(isFilled ? -1 : 0).AsSingle();
        ref float sums = ref MemoryMarshal.GetReference(column);
        ref float weights = ref MemoryMarshal.GetReference(basis[..column.Length]);
        var scale = Vector256.Create(factor);
        for (nuint y = 0; y < (nuint)column.Length; y += Lanes)
        {
            Vector256<float> sum = Vector256.LoadUnsafe(ref sums, y) & kept;
            SparseSum.MultiplyAdd(scale, Vector256.LoadUnsafe(ref weights, y), sum).StoreUnsafe(ref sums, y);
        }
    }

    private void AddRowsVector(ReadOnlySpan<float> columns, ulong filled, Span<float> strip, int lineLength)
    {
        for (int y = 0; y < _height; y += 2)
        {
            for (int x = 0; x < _width; x += Run)
                AddTwo(columns[y..], filled, x, strip.Slice(y * lineLength + x, Run), strip.Slice((y + 1) * lineLength + x, Run));
        }
    }

    private void AddTwo(ReadOnlySpan<float> columns, ulong filled, int x, Span<float> upper, Span<float> lower)
    {
        ref float up = ref MemoryMarshal.GetReference(upper),
            down = ref MemoryMarshal.GetReference(lower);
        ref float across = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_across), x);
        ref float column = ref MemoryMarshal.GetReference(columns);
        var up0 = Vector256.LoadUnsafe(ref up);
        var up1 = Vector256.LoadUnsafe(ref up, 1 * Lanes);
        var up2 = Vector256.LoadUnsafe(ref up, 2 * Lanes);
        var up3 = Vector256.LoadUnsafe(ref up, 3 * Lanes);
        var down0 = Vector256.LoadUnsafe(ref down);
        var down1 = Vector256.LoadUnsafe(ref down, 1 * Lanes);
        var down2 = Vector256.LoadUnsafe(ref down, 2 * Lanes);
        var down3 = Vector256.LoadUnsafe(ref down, 3 * Lanes);
        for (ulong rest = filled; rest != 0; rest &= rest - 1)
        {
            int u = BitOperations.TrailingZeroCount(rest);
            ref float row = ref Unsafe.Add(ref across, u * _width);
            var row0 = Vector256.LoadUnsafe(ref row);
            var row1 = Vector256.LoadUnsafe(ref row, 1 * Lanes);
            var row2 = Vector256.LoadUnsafe(ref row, 2 * Lanes);
            var row3 = Vector256.LoadUnsafe(ref row, 3 * Lanes);
            var first = Vector256.Create(Unsafe.Add(ref column, u * _height));
            var second = Vector256.Create(Unsafe.Add(ref column, u * _height + 1));
            up0 = SparseSum.MultiplyAdd(first, row0, up0);
            up1 = SparseSum.MultiplyAdd(first, row1, up1);
            up2 = SparseSum.MultiplyAdd(first, row2, up2);
            up3 = SparseSum.MultiplyAdd(first, row3, up3);
            down0 = SparseSum.MultiplyAdd(second, row0, down0);
            down1 = SparseSum.MultiplyAdd(second, row1, down1);
            down2 = SparseSum.MultiplyAdd(second, row2, down2);
            down3 = SparseSum.MultiplyAdd(second, row3, down3);
        }

        up0.StoreUnsafe(ref up);
        up1.StoreUnsafe(ref up, 1 * Lanes);
        up2.StoreUnsafe(ref up, 2 * Lanes);
        up3.StoreUnsafe(ref up, 3 * Lanes);
        down0.StoreUnsafe(ref down);
        down1.StoreUnsafe(ref down, 1 * Lanes);
        down2.StoreUnsafe(ref down, 2 * Lanes);
        down3.StoreUnsafe(ref down, 3 * Lanes);
    }
}
