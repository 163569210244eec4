using System.Numerics;
using Codec.Images;

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
            sum += Compare(Plane.Of(expected, channel), Plane.Of(actual, channel));
        return sum / expected.Channels;
    }

    private static double Compare(Plane expected, Plane actual)
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
    private static (double Similarity, double Structure) MeanSimilarity(Plane x, Plane y)
    {
        Plane meanX = x.Blur(),
            meanY = y.Blur(),
            squareX = (x * x).Blur(),
            squareY = (y * y).Blur(),
            cross = (x * y).Blur();
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

    /// <summary>One channel as floats, rows from the top.</summary>
    private readonly record struct Plane(int Width, int Height, float[] Values)
    {
        public static Plane Of(Raster image, int channel)
        {
            var values = new float[image.Width * image.Height];
            for (int i = 0; i < values.Length; i++)
                values[i] = image.Samples[i * image.Channels + channel];
            return new Plane(image.Width, image.Height, values);
        }

        public static Plane operator *(Plane x, Plane y)
        {
            var values = new float[x.Values.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = x.Values[i] * y.Values[i];
            return x with { Values = values };
        }

        /// <summary>Computes the Gaussian mean of every window that is entirely inside the plane.</summary>
        public Plane Blur()
        {
            int width = Width - Window + 1,
                height = Height - Window + 1;
            var blurred = new float[width * height];
            var column = new float[Width];
            for (int y = 0; y < height; y++)
            {
                Array.Clear(column);
                for (int k = 0; k < Window; k++)
                    AddScaled(Values.AsSpan((y + k) * Width, Width), Gaussian[k], column);
                for (int k = 0; k < Window; k++)
                    AddScaled(column.AsSpan(k, width), Gaussian[k], blurred.AsSpan(y * width, width));
            }

            return new Plane(width, height, blurred);
        }

        public Plane Halve()
        {
            int width = (Width + 1) / 2,
                height = (Height + 1) / 2;
            var half = new float[width * height];
            for (int y = 0; y < height; y++)
            {
                ReadOnlySpan<float> upper = Values.AsSpan(2 * y * Width, Width),
                    lower = Values.AsSpan(Math.Min(2 * y + 1, Height - 1) * Width, Width);
                for (int x = 0; x < width; x++)
                {
                    int left = 2 * x,
                        right = Math.Min(left + 1, Width - 1);
                    half[y * width + x] = (upper[left] + upper[right] + lower[left] + lower[right]) / 4;
                }
            }

            return new Plane(width, height, half);
        }

        // Whole vectors first, then the remainder one by one.
        private static void AddScaled(ReadOnlySpan<float> values, float factor, Span<float> sums)
        {
            int i = 0;
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
                (new Vector<float>(sums[i..]) + new Vector<float>(values[i..]) * factor).CopyTo(sums[i..]);
            for (; i < values.Length; i++)
                sums[i] += values[i] * factor;
        }
    }
}
