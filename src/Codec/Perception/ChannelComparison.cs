namespace Codec.Perception;

/// <summary>
/// Compares one channel of two images at one scale, as SSIMULACRA 2 does: three maps of error (structure, edges that appeared, detail that
/// was lost), each summarized by its mean and by its 4-norm.
/// </summary>
internal sealed class ChannelComparison
{
    private const int Maps = 3;

    // Keeps the contrast term defined where both images are flat; the program's constant.
    private const float ContrastFloor = 0.0009f;

    private readonly FloatPlane _x;
    private readonly FloatPlane _y;
    private readonly FloatPlane _meanX;
    private readonly FloatPlane _meanY;
    private readonly FloatPlane _squareX;
    private readonly FloatPlane _squareY;
    private readonly FloatPlane _cross;

    /// <summary>Compares two planes of one size.</summary>
    /// <param name="original">The original.</param>
    /// <param name="y">The plane to judge.</param>
    public ChannelComparison(OriginalChannel original, FloatPlane y)
    {
        (_x, _meanX, _squareX) = (original.Plane, original.Mean, original.Square);
        (_y, _meanY) = (y, y.Blur());
        (_squareY, _cross) = ((y * y).Blur(), (_x * y).Blur());
        for (int i = 0; i < y.Values.Length; i++)
        {
            Similarity similarity = Structure(i);
            double edges = Edges(i);
            Add(0, similarity.Error);
            Add(1, Math.Max(0, edges));
            Add(2, Math.Max(0, -edges));
        }

        for (int map = 0; map < Maps; map++)
        {
            Norms[map] /= y.Values.Length;
            Norms[Maps + map] = Math.Sqrt(Math.Sqrt(Norms[Maps + map] / y.Values.Length));
        }

        void Add(int map, double error)
        {
            Norms[map] += error;
            Norms[Maps + map] += error * error * (error * error);
        }
    }

    /// <summary>The means of the structure, appeared and lost maps, then their 4-norms.</summary>
    public double[] Norms { get; } = new double[2 * Maps];

    /// <summary>The derivative with respect to each pixel of the judged plane of a sum of the norms.</summary>
    /// <param name="weights">The weight of each norm.</param>
    public FloatPlane Differentiate(ReadOnlySpan<double> weights)
    {
        int pixels = _x.Values.Length;
        float[] direct = new float[pixels],
            mean = new float[pixels],
            square = new float[pixels],
            cross = new float[pixels];
        Span<double> fourths = stackalloc double[Maps];
        for (int map = 0; map < Maps; map++)
            fourths[map] = Norms[Maps + map] > 0 ? weights[Maps + map] / Math.Pow(Norms[Maps + map], 3) : 0;
        for (int i = 0; i < pixels; i++)
        {
            float a = _meanX.Values[i],
                b = _meanY.Values[i];
            Similarity similarity = Structure(i);
            if (similarity.Error > 0)
            {
                double slope = Slope(0, similarity.Error, weights, fourths) / pixels,
                    contrast = similarity.Contrast / similarity.Variances,
                    byCovariance = -2 * slope * similarity.Luma / similarity.Variances,
                    byVariance = slope * similarity.Luma * contrast / similarity.Variances;
                cross[i] = (float)byCovariance;
                square[i] = (float)byVariance;
                mean[i] = (float)(-2 * slope * contrast * (a - b) - byCovariance * a - 2 * byVariance * b);
            }

            double edges = Edges(i);
            if (edges == 0)
                continue;
            int edgeMap = edges > 0 ? 1 : 2;
            double edge =
                Slope(edgeMap, Math.Abs(edges), weights, fourths)
                / pixels
                * Math.Sign(edges)
                * Math.Sign(_y.Values[i] - b)
                / (1.0 + Math.Abs(_x.Values[i] - a));
            direct[i] = (float)edge;
            mean[i] -= (float)edge;
        }

        // Blurring is its own transpose.
        float[] fromMean = Blur(mean),
            fromSquare = Blur(square),
            fromCross = Blur(cross);
        for (int i = 0; i < pixels; i++)
            direct[i] += fromMean[i] + 2 * _y.Values[i] * fromSquare[i] + _x.Values[i] * fromCross[i];
        return _x with { Values = direct };

        float[] Blur(float[] values) => (_x with { Values = values }).Blur().Values;

        static double Slope(int map, double error, ReadOnlySpan<double> weights, ReadOnlySpan<double> fourths) =>
            weights[map] + fourths[map] * error * error * error;
    }

    private Similarity Structure(int i)
    {
        float a = _meanX.Values[i],
            b = _meanY.Values[i];
        float covariance = _cross.Values[i] - a * b,
            variances = _squareX.Values[i] - a * a + (_squareY.Values[i] - b * b);
        float luma = 1 - (a - b) * (a - b);
        return new Similarity(luma, 2 * covariance + ContrastFloor, variances + ContrastFloor);
    }

    /// <summary>How much stronger, or weaker if negative, an edge is in the judged plane.</summary>
    private double Edges(int i) =>
        (1.0 + Math.Abs(_y.Values[i] - _meanY.Values[i])) / (1.0 + Math.Abs(_x.Values[i] - _meanX.Values[i])) - 1.0;

    private readonly record struct Similarity(float Luma, float Contrast, float Variances)
    {
        public double Error => Math.Max(0, 1.0 - Luma * Contrast / Variances);
    }
}
