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
                Add(Vector256.Create(low, high) * (short)factor, accumulators[k..]);
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
                Add(Vector256.Create(low, high) * Vector256.Create(lowFactor, highFactor).AsInt16(), accumulators[k..]);
            }
        }

        for (; k < accumulators.Length; k++) accumulators[k] += factors[k] * weights[k];
    }

    /// <summary>accumulators[i] += Σ over some rows j of factors[j] · weights[j, i].</summary>
    /// <param name="accumulators">The sums: of the first columns.</param>
    /// <param name="weights">Rows of weights.</param>
    /// <param name="columns">Weights in a row: as many as accumulators, or more.</param>
    /// <param name="rows">The rows that are added.</param>
    /// <param name="factors">By row, 0 to 255.</param>
    /// <param name="most">No factor is larger: 1 to 255.</param>
    public static void Add(Span<int> accumulators, ReadOnlySpan<sbyte> weights, int columns, ReadOnlySpan<short> rows, ReadOnlySpan<byte> factors, int most)
    {
        // Products of 8 bits each are summed in 16 bits for as long as they cannot leave them.
        int together = short.MaxValue / (-sbyte.MinValue * most), k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; k <= accumulators.Length - Vector128<sbyte>.Count; k += Vector128<sbyte>.Count)
            {
                for (int first = 0; first < rows.Length; first += together)
                {
                    Vector256<short> sum = default;
                    foreach (short row in rows.Slice(first, Math.Min(together, rows.Length - first)))
                        sum += Vector256.WidenLower(Vector128.Create(weights[(row * columns + k)..]).ToVector256Unsafe()) * factors[row];
                    Add(sum, accumulators[k..]);
                }
            }
        }

        foreach (short row in rows)
        {
            for (int i = k; i < accumulators.Length; i++) accumulators[i] += factors[row] * weights[row * columns + i];
        }
    }

    /// <summary>accumulators[i] += factor · weights[i], modulo 2^32.</summary>
    public static void Add(Span<int> accumulators, ReadOnlySpan<short> weights, int factor)
    {
        int k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; k <= accumulators.Length - Vector128<short>.Count; k += Vector128<short>.Count)
            {
                (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.Create(weights[k..]));
                (Vector128.Create<int>(accumulators[k..]) + low * factor).CopyTo(accumulators[k..]);
                Span<int> upper = accumulators[(k + Vector128<int>.Count)..];
                (Vector128.Create<int>(upper) + high * factor).CopyTo(upper);
            }
        }

        for (; k < accumulators.Length; k++) accumulators[k] = unchecked(accumulators[k] + factor * weights[k]);
    }

    /// <summary>128 · 255 fits 16 bits, so products are taken there and widened only to be added.</summary>
    private static void Add(Vector256<short> products, Span<int> accumulators)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(products);
        (Vector256.Create<int>(accumulators) + low).CopyTo(accumulators);
        Span<int> upper = accumulators[Vector256<int>.Count..];
        (Vector256.Create<int>(upper) + high).CopyTo(upper);
    }
}
