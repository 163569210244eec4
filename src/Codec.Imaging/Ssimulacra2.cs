using Codec.Images;

namespace Codec.Imaging;

/// <summary>Measures how different two images look to people (SSIMULACRA 2.1; Sneyers 2023).</summary>
/// <remarks>
/// Follows the reference program, libjxl's <c>ssimulacra2</c>: up to six scales, each half as large in linear light; at each scale, and for
/// each channel of <see cref="XybImage"/>, three maps of error (structure, edges that appeared, detail that was lost), each summarized by
/// its mean and by its 4-norm; a weighted sum of these, mapped to a score. The program's weights were fitted to subjective scores of
/// compressed images, so that a score of 30 is low quality, 50 medium, 70 high, and 90 visually lossless side by side.
/// </remarks>
public static class Ssimulacra2
{
    /// <summary>The smallest side in pixels.</summary>
    public const int MinSide = 8;

    private const int Scales = 6;

    // Keeps the contrast term defined where both images are flat; the program's constant.
    private const float ContrastFloor = 0.0009f;

    /// <summary>Compares two images.</summary>
    /// <param name="expected">The original; borrowed for the call only. A grey image has equal channels.</param>
    /// <param name="actual">The image to judge, of the same size.</param>
    /// <returns>At most 100, which only images without a visible difference reach; below 0 for very bad images.</returns>
    /// <exception cref="ArgumentException">The sizes differ, or a side is below <see cref="MinSide"/>.</exception>
    public static double Compare(Raster expected, Raster actual)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);
        if (expected.Size != actual.Size)
            throw new ArgumentException($"{expected.Size} cannot be compared with {actual.Size}.", nameof(actual));
        if (Math.Min(expected.Width, expected.Height) < MinSide)
            throw new ArgumentException($"The sides must have at least {MinSide} pixels, not {expected.Size}.", nameof(expected));

        LinearImage x = LinearImage.Of(expected),
            y = LinearImage.Of(actual);
        var scales = new List<Norms[]>(Scales);
        while (true)
        {
            scales.Add(CompareScale(XybImage.Of(x), XybImage.Of(y)));
            // The program asks whether the larger scale has the smallest side, so that the last scale may be smaller.
            if (scales.Count == Scales || Math.Min(x.Width, x.Height) < MinSide)
                return Score(scales);
            (x, y) = (x.Halve(), y.Halve());
        }
    }

    private static Norms[] CompareScale(XybImage x, XybImage y) =>
        [.. x.Channels.Zip(y.Channels, (expected, actual) => CompareChannel(expected, actual))];

    private static Norms CompareChannel(FloatPlane x, FloatPlane y)
    {
        FloatPlane meanX = x.Blur(),
            meanY = y.Blur(),
            squareX = (x * x).Blur(),
            squareY = (y * y).Blur(),
            cross = (x * y).Blur();
        var norms = new Norms(x.Values.Length);
        for (int i = 0; i < x.Values.Length; i++)
        {
            float a = meanX.Values[i],
                b = meanY.Values[i];
            float covariance = cross.Values[i] - a * b,
                variances = squareX.Values[i] - a * a + (squareY.Values[i] - b * b);
            float luma = 1 - (a - b) * (a - b);
            norms.Structure.Add(Math.Max(0, 1.0 - luma * (2 * covariance + ContrastFloor) / (variances + ContrastFloor)));

            double edges = (1.0 + Math.Abs(y.Values[i] - b)) / (1.0 + Math.Abs(x.Values[i] - a)) - 1.0;
            norms.Appeared.Add(Math.Max(0, edges));
            norms.Lost.Add(Math.Max(0, -edges));
        }

        return norms;
    }

    private static double Score(List<Norms[]> scales)
    {
        double sum = 0;
        // The weights of an image with fewer scales are those that come first: so does the program.
        int row = 0;
        for (int channel = 0; channel < 3; channel++)
        {
            foreach (Norms[] scale in scales)
            {
                ReadOnlySpan<double> weights = Ssimulacra2Weights.Row(row++);
                Norms norms = scale[channel];
                sum += weights[0] * norms.Structure.Mean + weights[1] * norms.Appeared.Mean + weights[2] * norms.Lost.Mean;
                sum += weights[3] * norms.Structure.Fourth + weights[4] * norms.Appeared.Fourth + weights[5] * norms.Lost.Fourth;
            }
        }

        sum *= 0.9562382616834844;
        sum = sum * (2.326765642916932 + sum * (-0.020884521182843837 + sum * 6.248496625763138e-05));
        return sum > 0 ? 100 - 10 * Math.Pow(sum, 0.6276336467831387) : 100;
    }

    /// <summary>The three maps of a channel at one scale, summarized.</summary>
    private sealed class Norms(int pixels)
    {
        public Norm Structure { get; } = new(pixels);

        public Norm Appeared { get; } = new(pixels);

        public Norm Lost { get; } = new(pixels);
    }

    /// <summary>The mean and the 4-norm of a map.</summary>
    private sealed class Norm(int pixels)
    {
        private double _sum;
        private double _fourths;

        public double Mean => _sum / pixels;

        public double Fourth => Math.Sqrt(Math.Sqrt(_fourths / pixels));

        public void Add(double error)
        {
            _sum += error;
            _fourths += error * error * (error * error);
        }
    }
}
