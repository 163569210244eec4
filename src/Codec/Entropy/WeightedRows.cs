using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Codec.Entropy;

/// <summary>
/// Adds rows of weights to accumulators. Integer sums are the same in any order and width, so all paths give the same result; the plain
/// loop that ends each method is the specification.
/// </summary>
internal static class WeightedRows
{
    /// <summary>Columns that the sum over many rows processes at once; a count that is a multiple of this is fastest.</summary>
    public const int Run = 64;

    /// <summary>accumulators[i] += offsets[i], for at least as many offsets as accumulators.</summary>
    public static void Add(Span<int> accumulators, ReadOnlySpan<short> offsets)
    {
        int k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; k <= accumulators.Length - Vector256<short>.Count; k += Vector256<short>.Count)
                Add(Vector256.Create(offsets[k..]), accumulators[k..]);
        }

        for (; k < accumulators.Length; k++)
            accumulators[k] += offsets[k];
    }

    /// <summary>accumulators[i] += factor · weights[i].</summary>
    /// <param name="accumulators">The sums.</param>
    /// <param name="weights">At least as many as accumulators.</param>
    /// <param name="factor">0 to 255.</param>
    public static void Add(Span<int> accumulators, ReadOnlySpan<sbyte> weights, int factor)
    {
        int k = 0;
        if (Avx512F.IsSupported)
        {
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

        for (; k < accumulators.Length; k++)
            accumulators[k] += factor * weights[k];
    }

    /// <summary>accumulators[i] += factors[i] · weights[i], for at least as many weights and factors as accumulators.</summary>
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

        for (; k < accumulators.Length; k++)
            accumulators[k] += factors[k] * weights[k];
    }

    /// <summary>accumulators[i] += Σ over rows j of factors[j] · weights[starts[j] + i].</summary>
    /// <param name="accumulators">The sums.</param>
    /// <param name="weights">All rows, each at least as long as accumulators.</param>
    /// <param name="starts">The index of each row's first weight.</param>
    /// <param name="factors">A factor for each row, 0 to 255.</param>
    /// <param name="most">An upper bound of the factors: 1 to 255.</param>
    public static void Add(
        Span<int> accumulators,
        ReadOnlySpan<sbyte> weights,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<byte> factors,
        int most
    )
    {
        int k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Sum in 16 bits as many 8-bit products as cannot overflow.
            int together = short.MaxValue / (-sbyte.MinValue * most);
            foreach (int start in starts)
                _ = weights.Slice(start, accumulators.Length);
            ref sbyte first = ref MemoryMarshal.GetReference(weights);
            // The instruction that adds a pair of products saturates at 16 bits; "together > 1" means that it cannot.
            bool inPairs = Avx2.IsSupported && together > 1;
            if (inPairs)
                together &= ~1;
            for (; k <= accumulators.Length - Run; k += Run)
            {
                for (int done = 0; done < starts.Length; done += together)
                {
                    ReadOnlySpan<int> some = starts[done..Math.Min(done + together, starts.Length)];
                    if (inPairs)
                        AddPairs(accumulators.Slice(k, Run), ref Unsafe.Add(ref first, k), some, factors[done..]);
                    else
                        AddRun(accumulators.Slice(k, Run), ref Unsafe.Add(ref first, k), some, factors[done..]);
                }
            }

            for (; k <= accumulators.Length - Vector128<sbyte>.Count; k += Vector128<sbyte>.Count)
            {
                for (int j = 0; j < starts.Length; j++)
                {
                    Add(
                        Vector256.WidenLower(Vector128.LoadUnsafe(ref first, (nuint)(starts[j] + k)).ToVector256Unsafe()) * factors[j],
                        accumulators[k..]
                    );
                }
            }
        }

        if (k == accumulators.Length)
            return;
        for (int j = 0; j < starts.Length; j++)
        {
            ReadOnlySpan<sbyte> row = weights.Slice(starts[j], accumulators.Length);
            for (int i = k; i < row.Length; i++)
                accumulators[i] += factors[j] * row[i];
        }
    }

    /// <summary>Sums one run of columns, in four sums of 16 lanes.</summary>
    private static void AddRun(Span<int> accumulators, ref sbyte column, ReadOnlySpan<int> starts, ReadOnlySpan<byte> factors)
    {
        Vector256<short> sum0 = default,
            sum1 = default,
            sum2 = default,
            sum3 = default;
        for (int j = 0; j < starts.Length; j++)
        {
            ref sbyte row = ref Unsafe.Add(ref column, starts[j]);
            var factor = Vector256.Create((short)factors[j]);
            sum0 += Vector256.WidenLower(Vector128.LoadUnsafe(ref row).ToVector256Unsafe()) * factor;
            sum1 += Vector256.WidenLower(Vector128.LoadUnsafe(ref row, 16).ToVector256Unsafe()) * factor;
            sum2 += Vector256.WidenLower(Vector128.LoadUnsafe(ref row, 32).ToVector256Unsafe()) * factor;
            sum3 += Vector256.WidenLower(Vector128.LoadUnsafe(ref row, 48).ToVector256Unsafe()) * factor;
        }

        Add(sum0, accumulators);
        Add(sum1, accumulators[16..]);
        Add(sum2, accumulators[32..]);
        Add(sum3, accumulators[48..]);
    }

    /// <summary>
    /// Sums one run of columns, two rows at a time: one instruction multiplies interleaved weights by both factors and adds the pairs.
    /// </summary>
    private static void AddPairs(Span<int> accumulators, ref sbyte column, ReadOnlySpan<int> starts, ReadOnlySpan<byte> factors)
    {
        // Bytes are interleaved within each half of a vector: sum 0 holds columns 0–7 and 16–23, sum 1 holds 8–15 and 24–31; sums 2 and 3
        // hold the same of the next 32 columns.
        Vector256<short> sum0 = default,
            sum1 = default,
            sum2 = default,
            sum3 = default;
        for (int j = 0; j < starts.Length; j += 2)
        {
            int last = Math.Min(j + 1, starts.Length - 1),
                other = last == j ? 0 : factors[last];
            ref sbyte row = ref Unsafe.Add(ref column, starts[j]),
                next = ref Unsafe.Add(ref column, starts[last]);
            Vector256<byte> pair = Vector256.Create((ushort)(factors[j] | other << 8)).AsByte();
            Vector256<sbyte> a = Vector256.LoadUnsafe(ref row),
                b = Vector256.LoadUnsafe(ref next);
            sum0 += Avx2.MultiplyAddAdjacent(pair, Avx2.UnpackLow(a, b));
            sum1 += Avx2.MultiplyAddAdjacent(pair, Avx2.UnpackHigh(a, b));
            (a, b) = (Vector256.LoadUnsafe(ref row, 32), Vector256.LoadUnsafe(ref next, 32));
            sum2 += Avx2.MultiplyAddAdjacent(pair, Avx2.UnpackLow(a, b));
            sum3 += Avx2.MultiplyAddAdjacent(pair, Avx2.UnpackHigh(a, b));
        }

        Add(Vector256.Create(sum0.GetLower(), sum1.GetLower()), accumulators);
        Add(Vector256.Create(sum0.GetUpper(), sum1.GetUpper()), accumulators[16..]);
        Add(Vector256.Create(sum2.GetLower(), sum3.GetLower()), accumulators[32..]);
        Add(Vector256.Create(sum2.GetUpper(), sum3.GetUpper()), accumulators[48..]);
    }

    /// <summary>
    /// accumulators[i] += Σ over pairs j of factors[2j] · weights[j, i, 0] + factors[2j + 1] · weights[j, i, 1], modulo 2^32.
    /// </summary>
    /// <param name="accumulators">The sums.</param>
    /// <param name="weights">
    /// [pairs, length of accumulators, 2]: rows two by two, because one instruction multiplies and adds pairs.
    /// </param>
    /// <param name="factors">[pairs, 2].</param>
    public static void AddInterleaved(Span<int> accumulators, ReadOnlySpan<short> weights, ReadOnlySpan<short> factors)
    {
        int length = accumulators.Length,
            k = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            ReadOnlySpan<int> pairs = MemoryMarshal.Cast<short, int>(factors);
            ref short first = ref MemoryMarshal.GetReference(weights[..(2 * pairs.Length * length)]);
            for (; k <= length - Vector256<int>.Count; k += Vector256<int>.Count)
            {
                Vector256<int> sum = Vector256.Create<int>(accumulators[k..]);
                for (int j = 0; j < pairs.Length; j++)
                    sum += MultiplyPairs(Vector256.LoadUnsafe(ref first, (nuint)(2 * (j * length + k))), Vector256.Create(pairs[j]));
                sum.CopyTo(accumulators[k..]);
            }
        }

        for (; k < length; k++)
        {
            for (int j = 0; j < factors.Length; j++)
                accumulators[k] = unchecked(accumulators[k] + factors[j] * weights[2 * (j / 2 * length + k) + j % 2]);
        }
    }

    /// <summary>Multiplies 16-bit numbers, and adds each product of an even lane to that of the next lane, modulo 2^32.</summary>
    private static Vector256<int> MultiplyPairs(Vector256<short> weights, Vector256<int> factors)
    {
        if (Avx2.IsSupported)
            return Avx2.MultiplyAddAdjacent(weights, factors.AsInt16());
        Vector256<int> low = weights.AsInt32() << 16 >> 16,
            lowFactor = factors << 16 >> 16;
        return low * lowFactor + (weights.AsInt32() >> 16) * (factors >> 16);
    }

    /// <summary>Widens 16-bit products, or sums of them, to 32 bits and adds them. The largest product, 128 · 255, fits 16 bits.</summary>
    private static void Add(Vector256<short> products, Span<int> accumulators)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(products);
        (Vector256.Create<int>(accumulators) + low).CopyTo(accumulators);
        Span<int> upper = accumulators[Vector256<int>.Count..];
        (Vector256.Create<int>(upper) + high).CopyTo(upper);
    }
}
