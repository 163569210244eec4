using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Simd;

namespace Codec.Transforms.Programs;

// 256 bits: four rows at once, with 16 columns in two registers.
internal static partial class BlockProduct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute256<T, TLanes>(
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
        const int Lanes = 8;
        nuint depthStride = (nuint)rows.DepthStride,
            stride = (nuint)rows.Stride,
            stride2 = 2 * stride;
        ref float row0 = ref MemoryMarshal.GetReference(source);
        ref float row3 = ref Unsafe.Add(ref row0, 3 * stride);
        ref T weights = ref MemoryMarshal.GetReference(matrix);
        var sum0Low = Vector256<float>.Zero;
        var sum0High = Vector256<float>.Zero;
        var sum1Low = Vector256<float>.Zero;
        var sum1High = Vector256<float>.Zero;
        var sum2Low = Vector256<float>.Zero;
        var sum2High = Vector256<float>.Zero;
        var sum3Low = Vector256<float>.Zero;
        var sum3High = Vector256<float>.Zero;
        for (int k = 0; k < depth; k++)
        {
            Vector256<float> columnLow = TLanes.Load256(ref weights);
            Vector256<float> columnHigh = TLanes.Load256(ref Unsafe.Add(ref weights, Lanes));
            var element0 = Vector256.Create(row0);
            sum0Low = SparseSum.MultiplyAdd(element0, columnLow, sum0Low);
            sum0High = SparseSum.MultiplyAdd(element0, columnHigh, sum0High);
            var element1 = Vector256.Create(Unsafe.Add(ref row0, stride));
            sum1Low = SparseSum.MultiplyAdd(element1, columnLow, sum1Low);
            sum1High = SparseSum.MultiplyAdd(element1, columnHigh, sum1High);
            var element2 = Vector256.Create(Unsafe.Add(ref row0, stride2));
            sum2Low = SparseSum.MultiplyAdd(element2, columnLow, sum2Low);
            sum2High = SparseSum.MultiplyAdd(element2, columnHigh, sum2High);
            var element3 = Vector256.Create(row3);
            sum3Low = SparseSum.MultiplyAdd(element3, columnLow, sum3Low);
            sum3High = SparseSum.MultiplyAdd(element3, columnHigh, sum3High);
            row0 = ref Unsafe.Add(ref row0, depthStride);
            row3 = ref Unsafe.Add(ref row3, depthStride);
            weights = ref Unsafe.Add(ref weights, SparseSum.Tile);
        }

        ref float result = ref MemoryMarshal.GetReference(target);
        nuint targetStride = (nuint)rows.TargetStride;
        Vector256<float> scaleLow = Vector256.Create(scales),
            originLow = Vector256.Create(bias);
        Vector256<float> scaleHigh = Vector256.Create(scales[Lanes..]),
            originHigh = Vector256.Create(bias[Lanes..]);
        SparseSum.MultiplyAdd(sum0Low, scaleLow, originLow).StoreUnsafe(ref result);
        SparseSum.MultiplyAdd(sum0High, scaleHigh, originHigh).StoreUnsafe(ref result, Lanes);
        SparseSum.MultiplyAdd(sum1Low, scaleLow, originLow).StoreUnsafe(ref result, targetStride);
        SparseSum.MultiplyAdd(sum1High, scaleHigh, originHigh).StoreUnsafe(ref result, targetStride + Lanes);
        SparseSum.MultiplyAdd(sum2Low, scaleLow, originLow).StoreUnsafe(ref result, 2 * targetStride);
        SparseSum.MultiplyAdd(sum2High, scaleHigh, originHigh).StoreUnsafe(ref result, 2 * targetStride + Lanes);
        SparseSum.MultiplyAdd(sum3Low, scaleLow, originLow).StoreUnsafe(ref result, 3 * targetStride);
        SparseSum.MultiplyAdd(sum3High, scaleHigh, originHigh).StoreUnsafe(ref result, 3 * targetStride + Lanes);
    }
}
