using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Simd;

namespace Codec.Transforms.Programs;

// 512 bits: eight rows at once, with 32 columns in two registers or 16 in one.
internal static partial class BlockProduct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute512<T, TLanes>(
        BlockRows rows,
        int depth,
        ReadOnlySpan<float> source,
        ReadOnlySpan<T> matrix,
        ReadOnlySpan<float> scales,
        ReadOnlySpan<float> bias,
        Span<float> target
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        const int Lanes = 16;
        nuint depthStride = (nuint)rows.DepthStride,
            stride = (nuint)rows.Stride,
            stride2 = 2 * stride;
        ref float row0 = ref MemoryMarshal.GetReference(source);
        ref float row3 = ref Unsafe.Add(ref row0, 3 * stride);
        ref float row6 = ref Unsafe.Add(ref row0, 6 * stride);
        ref T weights = ref MemoryMarshal.GetReference(matrix);
        var sum0Low = Vector512<float>.Zero;
        var sum0High = Vector512<float>.Zero;
        var sum1Low = Vector512<float>.Zero;
        var sum1High = Vector512<float>.Zero;
        var sum2Low = Vector512<float>.Zero;
        var sum2High = Vector512<float>.Zero;
        var sum3Low = Vector512<float>.Zero;
        var sum3High = Vector512<float>.Zero;
        var sum4Low = Vector512<float>.Zero;
        var sum4High = Vector512<float>.Zero;
        var sum5Low = Vector512<float>.Zero;
        var sum5High = Vector512<float>.Zero;
        var sum6Low = Vector512<float>.Zero;
        var sum6High = Vector512<float>.Zero;
        var sum7Low = Vector512<float>.Zero;
        var sum7High = Vector512<float>.Zero;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> columnLow = TLanes.Load512(ref weights);
            Vector512<float> columnHigh = TLanes.Load512(ref Unsafe.Add(ref weights, Lanes));
            var element0 = Vector512.Create(row0);
            sum0Low = SparseSum.MultiplyAdd(element0, columnLow, sum0Low);
            sum0High = SparseSum.MultiplyAdd(element0, columnHigh, sum0High);
            var element1 = Vector512.Create(Unsafe.Add(ref row0, stride));
            sum1Low = SparseSum.MultiplyAdd(element1, columnLow, sum1Low);
            sum1High = SparseSum.MultiplyAdd(element1, columnHigh, sum1High);
            var element2 = Vector512.Create(Unsafe.Add(ref row0, stride2));
            sum2Low = SparseSum.MultiplyAdd(element2, columnLow, sum2Low);
            sum2High = SparseSum.MultiplyAdd(element2, columnHigh, sum2High);
            var element3 = Vector512.Create(row3);
            sum3Low = SparseSum.MultiplyAdd(element3, columnLow, sum3Low);
            sum3High = SparseSum.MultiplyAdd(element3, columnHigh, sum3High);
            var element4 = Vector512.Create(Unsafe.Add(ref row3, stride));
            sum4Low = SparseSum.MultiplyAdd(element4, columnLow, sum4Low);
            sum4High = SparseSum.MultiplyAdd(element4, columnHigh, sum4High);
            var element5 = Vector512.Create(Unsafe.Add(ref row3, stride2));
            sum5Low = SparseSum.MultiplyAdd(element5, columnLow, sum5Low);
            sum5High = SparseSum.MultiplyAdd(element5, columnHigh, sum5High);
            var element6 = Vector512.Create(row6);
            sum6Low = SparseSum.MultiplyAdd(element6, columnLow, sum6Low);
            sum6High = SparseSum.MultiplyAdd(element6, columnHigh, sum6High);
            var element7 = Vector512.Create(Unsafe.Add(ref row6, stride));
            sum7Low = SparseSum.MultiplyAdd(element7, columnLow, sum7Low);
            sum7High = SparseSum.MultiplyAdd(element7, columnHigh, sum7High);
            row0 = ref Unsafe.Add(ref row0, depthStride);
            row3 = ref Unsafe.Add(ref row3, depthStride);
            row6 = ref Unsafe.Add(ref row6, depthStride);
            weights = ref Unsafe.Add(ref weights, SparseSum.Tile);
        }

        ref float result = ref MemoryMarshal.GetReference(target);
        nuint targetStride = (nuint)rows.TargetStride;
        Vector512<float> scaleLow = Vector512.Create(scales),
            originLow = Vector512.Create(bias);
        Vector512<float> scaleHigh = Vector512.Create(scales[Lanes..]),
            originHigh = Vector512.Create(bias[Lanes..]);
        SparseSum.MultiplyAdd(sum0Low, scaleLow, originLow).StoreUnsafe(ref result);
        SparseSum.MultiplyAdd(sum0High, scaleHigh, originHigh).StoreUnsafe(ref result, Lanes);
        SparseSum.MultiplyAdd(sum1Low, scaleLow, originLow).StoreUnsafe(ref result, targetStride);
        SparseSum.MultiplyAdd(sum1High, scaleHigh, originHigh).StoreUnsafe(ref result, targetStride + Lanes);
        SparseSum.MultiplyAdd(sum2Low, scaleLow, originLow).StoreUnsafe(ref result, 2 * targetStride);
        SparseSum.MultiplyAdd(sum2High, scaleHigh, originHigh).StoreUnsafe(ref result, 2 * targetStride + Lanes);
        SparseSum.MultiplyAdd(sum3Low, scaleLow, originLow).StoreUnsafe(ref result, 3 * targetStride);
        SparseSum.MultiplyAdd(sum3High, scaleHigh, originHigh).StoreUnsafe(ref result, 3 * targetStride + Lanes);
        SparseSum.MultiplyAdd(sum4Low, scaleLow, originLow).StoreUnsafe(ref result, 4 * targetStride);
        SparseSum.MultiplyAdd(sum4High, scaleHigh, originHigh).StoreUnsafe(ref result, 4 * targetStride + Lanes);
        SparseSum.MultiplyAdd(sum5Low, scaleLow, originLow).StoreUnsafe(ref result, 5 * targetStride);
        SparseSum.MultiplyAdd(sum5High, scaleHigh, originHigh).StoreUnsafe(ref result, 5 * targetStride + Lanes);
        SparseSum.MultiplyAdd(sum6Low, scaleLow, originLow).StoreUnsafe(ref result, 6 * targetStride);
        SparseSum.MultiplyAdd(sum6High, scaleHigh, originHigh).StoreUnsafe(ref result, 6 * targetStride + Lanes);
        SparseSum.MultiplyAdd(sum7Low, scaleLow, originLow).StoreUnsafe(ref result, 7 * targetStride);
        SparseSum.MultiplyAdd(sum7High, scaleHigh, originHigh).StoreUnsafe(ref result, 7 * targetStride + Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute512Half<T, TLanes>(
        BlockRows rows,
        int depth,
        ReadOnlySpan<float> source,
        ReadOnlySpan<T> matrix,
        ReadOnlySpan<float> scales,
        ReadOnlySpan<float> bias,
        Span<float> target
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        nuint depthStride = (nuint)rows.DepthStride,
            stride = (nuint)rows.Stride,
            stride2 = 2 * stride;
        ref float row0 = ref MemoryMarshal.GetReference(source);
        ref float row3 = ref Unsafe.Add(ref row0, 3 * stride);
        ref float row6 = ref Unsafe.Add(ref row0, 6 * stride);
        ref T weights = ref MemoryMarshal.GetReference(matrix);
        var sum0 = Vector512<float>.Zero;
        var sum1 = Vector512<float>.Zero;
        var sum2 = Vector512<float>.Zero;
        var sum3 = Vector512<float>.Zero;
        var sum4 = Vector512<float>.Zero;
        var sum5 = Vector512<float>.Zero;
        var sum6 = Vector512<float>.Zero;
        var sum7 = Vector512<float>.Zero;
        for (int k = 0; k < depth; k++)
        {
            Vector512<float> column = TLanes.Load512(ref weights);
            sum0 = SparseSum.MultiplyAdd(Vector512.Create(row0), column, sum0);
            sum1 = SparseSum.MultiplyAdd(Vector512.Create(Unsafe.Add(ref row0, stride)), column, sum1);
            sum2 = SparseSum.MultiplyAdd(Vector512.Create(Unsafe.Add(ref row0, stride2)), column, sum2);
            sum3 = SparseSum.MultiplyAdd(Vector512.Create(row3), column, sum3);
            sum4 = SparseSum.MultiplyAdd(Vector512.Create(Unsafe.Add(ref row3, stride)), column, sum4);
            sum5 = SparseSum.MultiplyAdd(Vector512.Create(Unsafe.Add(ref row3, stride2)), column, sum5);
            sum6 = SparseSum.MultiplyAdd(Vector512.Create(row6), column, sum6);
            sum7 = SparseSum.MultiplyAdd(Vector512.Create(Unsafe.Add(ref row6, stride)), column, sum7);
            row0 = ref Unsafe.Add(ref row0, depthStride);
            row3 = ref Unsafe.Add(ref row3, depthStride);
            row6 = ref Unsafe.Add(ref row6, depthStride);
            weights = ref Unsafe.Add(ref weights, SparseSum.Tile);
        }

        ref float result = ref MemoryMarshal.GetReference(target);
        nuint targetStride = (nuint)rows.TargetStride;
        Vector512<float> scale = Vector512.Create(scales),
            origin = Vector512.Create(bias);
        SparseSum.MultiplyAdd(sum0, scale, origin).StoreUnsafe(ref result);
        SparseSum.MultiplyAdd(sum1, scale, origin).StoreUnsafe(ref result, targetStride);
        SparseSum.MultiplyAdd(sum2, scale, origin).StoreUnsafe(ref result, 2 * targetStride);
        SparseSum.MultiplyAdd(sum3, scale, origin).StoreUnsafe(ref result, 3 * targetStride);
        SparseSum.MultiplyAdd(sum4, scale, origin).StoreUnsafe(ref result, 4 * targetStride);
        SparseSum.MultiplyAdd(sum5, scale, origin).StoreUnsafe(ref result, 5 * targetStride);
        SparseSum.MultiplyAdd(sum6, scale, origin).StoreUnsafe(ref result, 6 * targetStride);
        SparseSum.MultiplyAdd(sum7, scale, origin).StoreUnsafe(ref result, 7 * targetStride);
    }
}
