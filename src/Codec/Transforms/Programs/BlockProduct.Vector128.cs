using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Simd;

namespace Codec.Transforms.Programs;

// 128 bits: two rows at once, 16 columns in four registers.
internal static partial class BlockProduct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute128<T, TLanes>(
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
        const int Lanes = 4;
        nuint depthStride = (nuint)rows.DepthStride,
            stride = (nuint)rows.Stride;
        ref float row0 = ref MemoryMarshal.GetReference(source);
        ref T weights = ref MemoryMarshal.GetReference(matrix);
        var sum0A = Vector128<float>.Zero;
        var sum0B = Vector128<float>.Zero;
        var sum0C = Vector128<float>.Zero;
        var sum0D = Vector128<float>.Zero;
        var sum1A = Vector128<float>.Zero;
        var sum1B = Vector128<float>.Zero;
        var sum1C = Vector128<float>.Zero;
        var sum1D = Vector128<float>.Zero;
        for (int k = 0; k < depth; k++)
        {
            Vector128<float> columnA = TLanes.Load128(ref weights);
            Vector128<float> columnB = TLanes.Load128(ref Unsafe.Add(ref weights, Lanes));
            Vector128<float> columnC = TLanes.Load128(ref Unsafe.Add(ref weights, 2 * Lanes));
            Vector128<float> columnD = TLanes.Load128(ref Unsafe.Add(ref weights, 3 * Lanes));
            var element0 = Vector128.Create(row0);
            sum0A = SparseSum.MultiplyAdd(element0, columnA, sum0A);
            sum0B = SparseSum.MultiplyAdd(element0, columnB, sum0B);
            sum0C = SparseSum.MultiplyAdd(element0, columnC, sum0C);
            sum0D = SparseSum.MultiplyAdd(element0, columnD, sum0D);
            var element1 = Vector128.Create(Unsafe.Add(ref row0, stride));
            sum1A = SparseSum.MultiplyAdd(element1, columnA, sum1A);
            sum1B = SparseSum.MultiplyAdd(element1, columnB, sum1B);
            sum1C = SparseSum.MultiplyAdd(element1, columnC, sum1C);
            sum1D = SparseSum.MultiplyAdd(element1, columnD, sum1D);
            row0 = ref Unsafe.Add(ref row0, depthStride);
            weights = ref Unsafe.Add(ref weights, SparseSum.Tile);
        }

        ref float result = ref MemoryMarshal.GetReference(target);
        nuint targetStride = (nuint)rows.TargetStride;
        Vector128<float> scaleA = Vector128.Create(scales),
            originA = Vector128.Create(bias);
        Vector128<float> scaleB = Vector128.Create(scales[Lanes..]),
            originB = Vector128.Create(bias[Lanes..]);
        Vector128<float> scaleC = Vector128.Create(scales[(2 * Lanes)..]),
            originC = Vector128.Create(bias[(2 * Lanes)..]);
        Vector128<float> scaleD = Vector128.Create(scales[(3 * Lanes)..]),
            originD = Vector128.Create(bias[(3 * Lanes)..]);
        SparseSum.MultiplyAdd(sum0A, scaleA, originA).StoreUnsafe(ref result);
        SparseSum.MultiplyAdd(sum0B, scaleB, originB).StoreUnsafe(ref result, Lanes);
        SparseSum.MultiplyAdd(sum0C, scaleC, originC).StoreUnsafe(ref result, 2 * Lanes);
        SparseSum.MultiplyAdd(sum0D, scaleD, originD).StoreUnsafe(ref result, 3 * Lanes);
        SparseSum.MultiplyAdd(sum1A, scaleA, originA).StoreUnsafe(ref result, targetStride);
        SparseSum.MultiplyAdd(sum1B, scaleB, originB).StoreUnsafe(ref result, targetStride + Lanes);
        SparseSum.MultiplyAdd(sum1C, scaleC, originC).StoreUnsafe(ref result, targetStride + 2 * Lanes);
        SparseSum.MultiplyAdd(sum1D, scaleD, originD).StoreUnsafe(ref result, targetStride + 3 * Lanes);
    }
}
