using System.Runtime.Intrinsics;

namespace Codec.Transforms;

/// <summary>Takes the lines of an image as they are complete, from the first to the last.</summary>
internal interface ILineSink
{
    /// <summary>Takes a line.</summary>
    /// <param name="y">Its number.</param>
    /// <param name="planes">The line of plane p begins at p · planeLength; valid for the call only.</param>
    /// <param name="planeLength">Floats from a plane to the next.</param>
    void Write(int y, ReadOnlySpan<float> planes, int planeLength);
}

/// <summary>Sums of lines. Each is one addition, or one product and one addition, on every path, so all round alike.</summary>
internal static class Lines
{
    /// <summary>sums[i] += terms[i].</summary>
    public static void Add(Span<float> sums, ReadOnlySpan<float> terms)
    {
        int i = 0;
        for (; i <= terms.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Create<float>(sums[i..]) + Vector256.Create(terms[i..])).CopyTo(sums[i..]);
        for (; i < terms.Length; i++) sums[i] += terms[i];
    }

    /// <summary>sums[i] += factor · terms[i].</summary>
    public static void AddScaled(Span<float> sums, ReadOnlySpan<float> terms, float factor)
    {
        int i = 0;
        var scale = Vector256.Create(factor);
        for (; i <= terms.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            SparseSum.MultiplyAdd(scale, Vector256.Create(terms[i..]), Vector256.Create<float>(sums[i..])).CopyTo(sums[i..]);
        for (; i < terms.Length; i++) sums[i] = SparseSum.MultiplyAdd(factor, terms[i], sums[i]);
    }
}
