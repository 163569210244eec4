using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Simd;

namespace Codec.Transforms;

// 256 bits: 8 sums of 8 lanes each stay in registers, sample i in lane i % 8 of sum i / 8; a tile is two such blocks.
internal static partial class SparseSum
{
    private static void ComputeTile256<T, TLanes>(
        ReadOnlySpan<SparseTerm> terms,
        ReadOnlySpan<T> tile,
        ReadOnlySpan<float> origin,
        Span<float> sums
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        const int Lanes = 8,
            Block = 8 * Lanes;
        for (int start = 0; start < Tile; start += Block)
        {
            ref float begin = ref MemoryMarshal.GetReference(origin.Slice(start, Block));
            ref T weights = ref Unsafe.Add(ref MemoryMarshal.GetReference(tile), start);
            var sum0 = Vector256.LoadUnsafe(ref begin);
            var sum1 = Vector256.LoadUnsafe(ref begin, 1 * Lanes);
            var sum2 = Vector256.LoadUnsafe(ref begin, 2 * Lanes);
            var sum3 = Vector256.LoadUnsafe(ref begin, 3 * Lanes);
            var sum4 = Vector256.LoadUnsafe(ref begin, 4 * Lanes);
            var sum5 = Vector256.LoadUnsafe(ref begin, 5 * Lanes);
            var sum6 = Vector256.LoadUnsafe(ref begin, 6 * Lanes);
            var sum7 = Vector256.LoadUnsafe(ref begin, 7 * Lanes);
            foreach (ref readonly SparseTerm term in terms)
            {
                ref T row = ref Unsafe.Add(ref weights, term.Latent * Tile);
                var coefficient = Vector256.Create(term.Coefficient);
                sum0 = MultiplyAdd(coefficient, TLanes.Load256(ref row), sum0);
                sum1 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 1 * Lanes)), sum1);
                sum2 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 2 * Lanes)), sum2);
                sum3 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 3 * Lanes)), sum3);
                sum4 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 4 * Lanes)), sum4);
                sum5 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 5 * Lanes)), sum5);
                sum6 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 6 * Lanes)), sum6);
                sum7 = MultiplyAdd(coefficient, TLanes.Load256(ref Unsafe.Add(ref row, 7 * Lanes)), sum7);
            }

            ref float target = ref MemoryMarshal.GetReference(sums.Slice(start, Block));
            sum0.StoreUnsafe(ref target);
            sum1.StoreUnsafe(ref target, 1 * Lanes);
            sum2.StoreUnsafe(ref target, 2 * Lanes);
            sum3.StoreUnsafe(ref target, 3 * Lanes);
            sum4.StoreUnsafe(ref target, 4 * Lanes);
            sum5.StoreUnsafe(ref target, 5 * Lanes);
            sum6.StoreUnsafe(ref target, 6 * Lanes);
            sum7.StoreUnsafe(ref target, 7 * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        IsFused ? Vector256.FusedMultiplyAdd(a, b, c) : a * b + c;
}
