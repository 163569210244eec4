using Codec.Images;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;

namespace Codec.Trainer.Photos;

/// <summary>
/// The lapped orthogonal transform (Malvar and Staelin 1989; Malvar's fast form of 1990): 16 basis functions over 32 pixels, each block
/// overlapping half of either neighbour. Along both axes and over three colours it is one orthonormal transform of the whole image.
/// </summary>
/// <remarks>
/// A butterfly across each block boundary, whose odd half is rotated, then a cosine transform of 16, or two of 8, or four of 4. All
/// divisions span the same functions, so each block may choose one along each axis: the long transform for smooth parts, short ones at
/// edges. The seven rotations give the largest coding gain for a first-order process of correlation 0.95: 9.80 dB; the cosine transform's
/// is 9.46 dB.
/// </remarks>
internal static class LappedTransform
{
    /// <summary>Distance between blocks in pixels.</summary>
    public const int Stride = 16;

    /// <summary>Pixels that a block's basis functions span.</summary>
    public const int Window = 2 * Stride;

    /// <summary>Number of coefficients of a block under one transform: frequencies down × frequencies across × colours.</summary>
    public const int Coefficients = Stride * Stride * Colours;

    /// <summary>Number of transforms of which a block signals one: the divisions down times those across.</summary>
    public const int Transforms = 9;

    /// <summary>Number of colour planes.</summary>
    public const int Colours = 3;

    private const int Half = Stride / 2;
    private static readonly double[] Rotations = [0.6621, 0.6376, 0.5719, 0.4832, 0.3750, 0.2490, 0.1142];

    // The divisions of a block along one axis. The index of a coefficient is parts · frequency + part, so that in every division
    // coefficients are ordered by frequency.
    private static readonly int[] Parts = [1, 2, 4];

    /// <summary>
    /// The one-dimensional bases, one for each division into parts: [3 · 16 functions, 32 pixels], rows of each orthonormal.
    /// </summary>
    public static double[,] Basis { get; } = CreateBasis();

    private static int Functions => Parts.Length * Stride;

    /// <summary>
    /// Builds the encoder's graph, from a window to the latents of all transforms. It is separable, which takes a hundredth of the
    /// multiplications of a full matrix.
    /// </summary>
    /// <param name="geometry">Shape and scaling of windows.</param>
    /// <param name="colours">[3, 3]: orthonormal rows.</param>
    public static byte[] Encoder(ImageGeometry geometry, double[,] colours)
    {
        var graph = OnnxGraphBuilder.Encoder(geometry, Transforms * Coefficients);
        // One product covers the axis across and colour: it takes more multiplications than two products, but no transposition between
        // them.
        OnnxValue lines = graph.Reshape(graph.Input, Window, Window * Colours); // [N, 32, 32 · 3]
        OnnxValue across = graph.MatMul(lines, graph.Constant(AcrossAndColours(colours), Window * Colours, Functions * Colours));
        OnnxValue down = graph.MatMul(graph.Transpose(across, 0, 2, 1), graph.Constant(Transposed(Basis), Window, Functions));
        return graph.Build(graph.Reshape(down, Transforms * Coefficients)); // across, colour, down
    }

    /// <summary>Builds the decoder's graph, the transpose of the encoder's, in the form that a separable head recognizes.</summary>
    /// <param name="geometry">Shape and scaling of windows.</param>
    /// <param name="colours">[3, 3]: orthonormal rows.</param>
    public static byte[] Decoder(ImageGeometry geometry, double[,] colours)
    {
        var graph = OnnxGraphBuilder.Decoder(Transforms * Coefficients, geometry);
        OnnxValue basis = graph.Constant(RowMajor(Basis), Functions, Window);
        OnnxValue coefficients = graph.Reshape(graph.Input, Functions, Colours, Functions); // [N, across, 3, down]
        OnnxValue down = graph.MatMul(coefficients, basis); // [N, 48, 3, 32]
        OnnxValue across = graph.MatMul(graph.Transpose(down, 0, 3, 2, 1), basis); // [N, 32, 3, 32]
        return graph.Build(graph.MatMul(graph.Transpose(across, 0, 1, 3, 2), graph.Constant(RowMajor(colours), Colours, Colours)));
    }

    /// <summary>[M, K]: the index of each transform's latents among the graphs' latents.</summary>
    /// <param name="order">[K]: the coefficient of each latent, counted [down, across, colour].</param>
    public static ushort[] Places(IReadOnlyList<int> order) =>
        [
            .. from transform in Enumerable.Range(0, Transforms)
            from coefficient in order
            let down = transform / Parts.Length * Stride + coefficient / (Stride * Colours)
            let across = transform % Parts.Length * Stride + coefficient / Colours % Stride
            select (ushort)((across * Colours + coefficient % Colours) * Functions + down),
        ];

    private static float[] AcrossAndColours(double[,] colours)
    {
        var product = new float[Window * Colours * Functions * Colours];
        for (int i = 0; i < product.Length; i++)
        {
            (int given, int taken) = (i % (Functions * Colours), i / (Functions * Colours));
            product[i] = (float)(Basis[given / Colours, taken / Colours] * colours[given % Colours, taken % Colours]);
        }

        return product;
    }

    private static double[,] CreateBasis()
    {
        double[,] rotation = Chain();
        // [16, 32]: the butterflies, from the pixels of a window to the 16 values of a block.
        var lapped = new double[Stride, Window];
        for (int i = 0; i < Half; i++)
        {
            Accumulate(lapped, i, boundary: Half, i, rotation, sign: 1);
            Accumulate(lapped, Stride - 1 - i, boundary: Window - Half, i, rotation, sign: -1);
        }

        var basis = new double[Functions, Window];
        for (int division = 0; division < Parts.Length; division++)
        {
            for (int u = 0; u < Stride; u++)
            {
                for (int n = 0; n < Window; n++)
                {
                    for (int i = 0; i < Stride; i++)
                        basis[division * Stride + u, n] += Block(Parts[division], u, i) * lapped[i, n];
                }
            }
        }

        return basis;
    }

    /// <summary>Adds one output of a boundary's butterfly: half the sum of a mirrored pair, and half the rotated differences.</summary>
    private static void Accumulate(double[,] lapped, int row, int boundary, int pair, double[,] rotation, int sign)
    {
        lapped[row, boundary + pair] += 0.5;
        lapped[row, boundary - 1 - pair] += 0.5;
        for (int k = 0; k < Half; k++)
        {
            lapped[row, boundary + k] += sign * 0.5 * rotation[pair, k];
            lapped[row, boundary - 1 - k] -= sign * 0.5 * rotation[pair, k];
        }
    }

    /// <summary>Computes the product of the rotations, each of two neighbouring differences.</summary>
    private static double[,] Chain()
    {
        var chain = new double[Half, Half];
        for (int i = 0; i < Half; i++)
            chain[i, i] = 1;
        for (int r = 0; r < Rotations.Length; r++)
        {
            (double sine, double cosine) = Math.SinCos(Rotations[r]);
            for (int i = 0; i < Half; i++)
            {
                (double a, double b) = (chain[i, r], chain[i, r + 1]);
                (chain[i, r], chain[i, r + 1]) = (a * cosine - b * sine, a * sine + b * cosine);
            }
        }

        return chain;
    }

    /// <summary>A block's transform: a cosine transform of each part, and one across the parts' means.</summary>
    private static double Block(int parts, int function, int position)
    {
        int length = Stride / parts,
            frequency = function / parts,
            part = position / length;
        if (frequency == 0)
            return CosineTransform.At(parts, function, part) / Math.Sqrt(length);
        return function % parts == part ? CosineTransform.At(length, frequency, position % length) : 0;
    }

    private static float[] RowMajor(double[,] matrix) => [.. matrix.Cast<double>().Select(weight => (float)weight)];

    private static float[] Transposed(double[,] matrix)
    {
        (int rows, int columns) = (matrix.GetLength(0), matrix.GetLength(1));
        var transposed = new float[rows * columns];
        for (int i = 0; i < transposed.Length; i++)
            transposed[i] = (float)matrix[i % rows, i / rows];
        return transposed;
    }
}
