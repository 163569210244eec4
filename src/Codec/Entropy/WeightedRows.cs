using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Codec.Entropy;

/// <summary>Adds int8 weights to accumulators. Integer sums are the same in any order and width, so the vector path needs no twin: its tail is the plain loop.</summary>
internal static class WeightedRows
{
    /// <summary>accumulators[i] += factor · weights[i].</summary>
    /// <param name="accumulators">As many as weights.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="factor">0 to 255.</param>
    public static void Add(Span<int> accumulators, ReadOnlySpan<sbyte> weights, int factor)
    {
        int k = 0;
        if (Avx512F.IsSupported)
        {
            // Lane l of 16 holds weight k + l; the rest, fewer than 16, is left to the plain loop below.
            var scale = Vector512.Create(factor);
            ref int sums = ref MemoryMarshal.GetReference(accumulators);
            ref sbyte row = ref MemoryMarshal.GetReference(weights[..accumulators.Length]);
            for (; k <= accumulators.Length - Vector512<int>.Count; k += Vector512<int>.Count)
            {
                Vector512<int> products = Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref row, (nuint)k)) * scale;
                (Vector512.LoadUnsafe(ref sums, (nuint)k) + products).StoreUnsafe(ref sums, (nuint)k);
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            for (; k <= accumulators.Length - Vector128<sbyte>.Count; k += Vector128<sbyte>.Count)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Create(weights[k..]));
                AddProducts(Vector256.Create(low, high) * (short)factor, accumulators[k..]);
            }
        }

        for (; k < accumulators.Length; k++) accumulators[k] += factor * weights[k];
    }

    /// <summary>accumulators[i] += factors[i] · weights[i].</summary>
    public static void Add(Span<int> accumulators, ReadOnlySpan<sbyte> weights, ReadOnlySpan<byte> factors)
    {
        int k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; k <= accumulators.Length - Vector128<sbyte>.Count; k += Vector128<sbyte>.Count)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Create(weights[k..]));
                (Vector128<ushort> lowFactor, Vector128<ushort> highFactor) = Vector128.Widen(Vector128.Create(factors[k..]));
                AddProducts(Vector256.Create(low, high) * Vector256.Create(lowFactor, highFactor).AsInt16(), accumulators[k..]);
            }
        }

        for (; k < accumulators.Length; k++) accumulators[k] += factors[k] * weights[k];
    }

    /// <summary>128 · 255 fits 16 bits, so products are taken there and widened only to be added.</summary>
    private static void AddProducts(Vector256<short> products, Span<int> accumulators)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(products);
        (Vector256.Create<int>(accumulators) + low).CopyTo(accumulators);
        Span<int> upper = accumulators[Vector256<int>.Count..];
        (Vector256.Create<int>(upper) + high).CopyTo(upper);
    }
}
