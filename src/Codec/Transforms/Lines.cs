using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Codec.Transforms;

/// <summary>Receives the lines of an image from the first to the last, each when it is complete.</summary>
internal interface ILineSink
{
    /// <summary>Receives a line.</summary>
    /// <param name="y">Index of the line, from 0 at the top.</param>
    /// <param name="planes">The planes: the line of plane p begins at p · planeLength. Valid for the call only.</param>
    /// <param name="planeLength">Floats from one plane to the next.</param>
    void Write(int y, ReadOnlySpan<float> planes, int planeLength);
}

/// <summary>Sums lines. Every path does the same additions, or multiply-adds, in the same order, so that all round alike.</summary>
internal static class Lines
{
    /// <summary>sums[i] += terms[i].</summary>
    public static void Add(Span<float> sums, ReadOnlySpan<float> terms)
    {
        int i = 0;
        for (; i <= terms.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Create<float>(sums[i..]) + Vector256.Create(terms[i..])).CopyTo(sums[i..]);
        for (; i < terms.Length; i++)
            sums[i] += terms[i];
    }

    /// <summary>sums[i] = origin + Σ over j of factors[j] · terms[j · length + i].</summary>
    /// <param name="sums">Overwritten.</param>
    /// <param name="origin">Initial value of each sum.</param>
    /// <param name="terms">One line for each factor; the last needs only the length of the sums.</param>
    /// <param name="length">Floats from one line to the next.</param>
    /// <param name="factors">One for each line.</param>
    public static void Combine(Span<float> sums, float origin, ReadOnlySpan<float> terms, int length, ReadOnlySpan<float> factors)
    {
        _ = terms.Slice((factors.Length - 1) * length, sums.Length);
        ref float first = ref MemoryMarshal.GetReference(terms);
        int i = 0;
        for (; i <= sums.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var sum = Vector256.Create(origin);
            for (int j = 0; j < factors.Length; j++)
                sum = SparseSum.MultiplyAdd(Vector256.Create(factors[j]), Vector256.LoadUnsafe(ref first, (nuint)(j * length + i)), sum);
            sum.CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            float sum = origin;
            for (int j = 0; j < factors.Length; j++)
                sum = SparseSum.MultiplyAdd(factors[j], terms[j * length + i], sum);
            sums[i] = sum;
        }
    }
}
