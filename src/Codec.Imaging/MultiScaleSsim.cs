using Codec.Images;
using Codec.Perception;

namespace Codec.Imaging;

/// <summary>Measures multi-scale structural similarity (MS-SSIM; Wang, Simoncelli and Bovik 2003) at five scales.</summary>
/// <remarks>
/// Follows the authors' program: a Gaussian window of 11×11 with σ = 1.5, only at positions entirely inside the image; K1 = 0.01 and K2 =
/// 0.03 of white = 255; each scale halves the image by means of 2×2 pixels (an odd edge is repeated). For color images it is the mean of
/// the channels' values, as CompressAI and TensorFlow report it.
/// </remarks>
public static class MultiScaleSsim
{
    /// <summary>The smallest side in pixels: one window fits at the fifth scale.</summary>
    public const int MinSide = ((Window - 1) << (Scales - 1)) + 1;

    private const int Window = 11;
    private const int Scales = 5;
    private const float LumaFloor = 0.01f * 255 * 0.01f * 255;
    private const float ContrastFloor = 0.03f * 255 * 0.03f * 255;

    private static readonly double[] Weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
    private static readonly float[] Gaussian = CreateGaussian();

    /// <summary>Compares two images.</summary>
    /// <param name="expected">The original; borrowed for the call only.</param>
    /// <param name="actual">The image to judge, of the same size and channels.</param>
    /// <returns>0 to 1; 1 only if the images are equal.</returns>
    /// <exception cref="ArgumentException">The sizes or channels differ, or a side is below <see cref="MinSide"/>.</exception>
    public static double Compare(Raster expected, Raster actual)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(actual);
        if ((expected.Width, expected.Height, expected.Channels) != (actual.Width, actual.Height, actual.Channels))
        {
            throw new ArgumentException(
                $"{expected.Width}×{expected.Height}×{expected.Channels} cannot be compared with {actual.Width}×{actual.Height}×{actual.Channels}.",
                nameof(actual)
            );
        }

        if (Math.Min(expected.Width, expected.Height) < MinSide)
        {
            throw new ArgumentException(
                $"Five scales need sides of at least {MinSide} pixels, not {expected.Width}×{expected.Height}.",
                nameof(expected)
            );
        }

        double sum = 0;
        for (int channel = 0; channel < expected.Channels; channel++)
            sum += Compare(PlaneOf(expected, channel), PlaneOf(actual, channel));
        return sum / expected.Channels;
    }

    private static double Compare(FloatPlane expected, FloatPlane actual)
    {
        double product = 1;
        for (int scale = 0; ; scale++)
        {
            (double similarity, double structure) = MeanSimilarity(expected, actual);
            bool last = scale == Scales - 1;
            // A negative mean has no real power; clamp it to 0, no similarity.
            product *= Math.Pow(Math.Max(0, last ? similarity : structure), Weights[scale]);
            if (last)
                return product;
            (expected, actual) = (expected.Halve(), actual.Halve());
        }
    }

    /// <summary>Computes means over all windows: luma · contrast · structure, and contrast · structure.</summary>
    private static (double Similarity, double Structure) MeanSimilarity(FloatPlane x, FloatPlane y)
    {
        FloatPlane meanX = BlurInside(x),
            meanY = BlurInside(y),
            squareX = BlurInside(x * x),
            squareY = BlurInside(y * y),
            cross = BlurInside(x * y);
        double similarity = 0,
            structure = 0;
        for (int i = 0; i < meanX.Values.Length; i++)
        {
            float a = meanX.Values[i],
                b = meanY.Values[i];
            float variances = squareX.Values[i] - a * a + (squareY.Values[i] - b * b),
                covariance = cross.Values[i] - a * b;
            double alike = (2 * covariance + ContrastFloor) / (variances + ContrastFloor);
            structure += alike;
            similarity += alike * ((2 * a * b + LumaFloor) / (a * a + b * b + LumaFloor));
        }

        return (similarity / meanX.Values.Length, structure / meanX.Values.Length);
    }

    private static float[] CreateGaussian()
    {
        double[] bell = [.. Enumerable.Range(0, Window).Select(i => Math.Exp(-(i - Window / 2) * (i - Window / 2) / (2 * 1.5 * 1.5)))];
        return [.. bell.Select(value => (float)(value / bell.Sum()))];
    }

    /// <summary>Computes the Gaussian mean of every window that is entirely inside the plane.</summary>
    private static FloatPlane BlurInside(FloatPlane plane)
    {
        int width = plane.Width - Window + 1,
            height = plane.Height - Window + 1;
        var blurred = new float[width * height];
        var column = new float[plane.Width];
        for (int y = 0; y < height; y++)
        {
            Array.Clear(column);
            for (int k = 0; k < Window; k++)
                FloatPlane.AddScaled(plane.Values.AsSpan((y + k) * plane.Width, plane.Width), Gaussian[k], column);
            for (int k = 0; k < Window; k++)
                FloatPlane.AddScaled(column.AsSpan(k, width), Gaussian[k], blurred.AsSpan(y * width, width));
        }

        return new FloatPlane(width, height, blurred);
    }

    private static FloatPlane PlaneOf(Raster image, int channel)
    {
        var values = new float[image.Width * image.Height];
        for (int i = 0; i < values.Length; i++)
            values[i] = image.Samples[i * image.Channels + channel];
        return new FloatPlane(image.Width, image.Height, values);
    }
}
