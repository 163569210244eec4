using System.Collections.Concurrent;

namespace Codec.Images;

/// <summary>
/// Stretches a short axis of an image to whole blocks and back, without loss: through its cosine transform (DCT-II), which is extended by
/// zeros or cut off (docs/format.md, Stretched axes).
/// </summary>
/// <remarks>
/// A short axis that ends within a block would take almost the bytes of the whole block. Stretched, it takes those of its own frequencies,
/// since the highest ones of its blocks are zero; what shrinks it again also removes the errors of those.
/// </remarks>
internal static class AxisStretch
{
    /// <summary>
    /// The longest axis in pixels that a stretch gives. Longer ones lose 1 to 3 % in their last blocks, and would take twice as long to
    /// decode.
    /// </summary>
    public const int MaxLength = 160;

    // At most one for each axis that is stretched, and one back: about 6 MB for all of them with blocks of 16 pixels.
    private static readonly ConcurrentDictionary<(int From, int To), float[]> _matrices = new();

    /// <summary>Computes the length to which an axis is stretched; its own length if it is not.</summary>
    /// <param name="length">The axis in pixels, 1 or more.</param>
    /// <param name="stride">The side of a block in pixels.</param>
    public static int Apply(int length, int stride)
    {
        int whole = (length + stride - 1) / stride * stride;
        bool gainsMuch = 16 * whole >= 17 * length; // longer by a sixteenth or more
        return whole <= MaxLength && gainsMuch ? whole : length;
    }

    /// <summary>The matrix [from, to] that stretches or shrinks an axis: the part of each pixel in each pixel of the result.</summary>
    /// <param name="from">Pixels of the axis.</param>
    /// <param name="to">Pixels of the result.</param>
    public static ReadOnlySpan<float> Matrix(int from, int to) => _matrices.GetOrAdd((from, to), static key => Compute(key.From, key.To));

    private static float[] Compute(int from, int to)
    {
        int frequencies = Math.Min(from, to);
        double[] given = Cosines(from, frequencies),
            wanted = Cosines(to, frequencies);
        var matrix = new float[from * to];
        for (int i = 0; i < matrix.Length; i++)
        {
            ReadOnlySpan<double> a = given.AsSpan(i / to * frequencies, frequencies),
                b = wanted.AsSpan(i % to * frequencies, frequencies);
            double sum = 1;
            for (int k = 1; k < frequencies; k++)
                sum += 2 * a[k] * b[k];
            matrix[i] = (float)(sum / from);
        }

        return matrix;
    }

    /// <summary>[pixels, frequencies]: cos(π · frequency · (2 · pixel + 1) / (2 · pixels)).</summary>
    private static double[] Cosines(int pixels, int frequencies) =>
        [
            .. Enumerable
                .Range(0, pixels * frequencies)
                .Select(i => Math.Cos(Math.PI * (i % frequencies) * (2 * (i / frequencies) + 1) / (2 * pixels))),
        ];
}
