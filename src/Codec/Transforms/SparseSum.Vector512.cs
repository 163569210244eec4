using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Codec.Simd;

namespace Codec.Transforms;

// 512 bits: 8 sums of 16 lanes each stay in registers, sample i in lane i % 16 of sum i / 16; a tile is one such block.
internal static partial class SparseSum
{
    private static void ComputeTile512<T, TLanes>(
        ReadOnlySpan<SparseTerm> terms,
        ReadOnlySpan<T> tile,
        ReadOnlySpan<float> origin,
        Span<float> sums
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        const int Lanes = 16,
            Block = 8 * Lanes;
        for (int start = 0; start < Tile; start += Block)
        {
            ref float begin = ref MemoryMarshal.GetReference(origin.Slice(start, Block));
            ref T weights = ref Unsafe.Add(ref MemoryMarshal.GetReference(tile), start);
            var sum0 = Vector512.LoadUnsafe(ref begin);
            var sum1 = Vector512.LoadUnsafe(ref begin, 1 * Lanes);
            var sum2 = Vector512.LoadUnsafe(ref begin, 2 * Lanes);
            var sum3 = Vector512.LoadUnsafe(ref begin, 3 * Lanes);
            var sum4 = Vector512.LoadUnsafe(ref begin, 4 * Lanes);
            var sum5 = Vector512.LoadUnsafe(ref begin, 5 * Lanes);
            var sum6 = Vector512.LoadUnsafe(ref begin, 6 * Lanes);
            var sum7 = Vector512.LoadUnsafe(ref begin, 7 * Lanes);
            foreach (ref readonly SparseTerm term in terms)
            {
                ref T row = ref Unsafe.Add(ref weights, term.Latent * Tile);
                var coefficient = Vector512.Create(term.Coefficient);
                sum0 = MultiplyAdd(coefficient, TLanes.Load512(ref row), sum0);
                sum1 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 1 * Lanes)), sum1);
                sum2 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 2 * Lanes)), sum2);
                sum3 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 3 * Lanes)), sum3);
                sum4 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 4 * Lanes)), sum4);
                sum5 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 5 * Lanes)), sum5);
                sum6 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 6 * Lanes)), sum6);
                sum7 = MultiplyAdd(coefficient, TLanes.Load512(ref Unsafe.Add(ref row, 7 * Lanes)), sum7);
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
    internal static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        IsFused ? Vector512.FusedMultiplyAdd(a, b, c) : a * b + c;
}
