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
    private const int Channels = 3;

    private const double Unit = 0.9562382616834844;
    private const double Linear = 2.326765642916932;
    private const double Quadratic = -0.020884521182843837;
    private const double Cubic = 6.248496625763138e-05;
    private const double Exponent = 0.6276336467831387;

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

        List<double[][]> scales = [];
        foreach ((LinearImage x, LinearImage y) in Scale(LinearImage.Of(expected), LinearImage.Of(actual)))
            scales.Add([.. CompareScale(x, y).Select(channel => channel.Norms)]);
        return Score(Sum(scales));
    }

    /// <summary>Compares two images, and finds how each sample of the second should change for a better score.</summary>
    /// <param name="expected">The original, of three channels.</param>
    /// <param name="actual">[3, height, width]: the samples of the image to judge, not rounded; those outside 0 to 255 are clamped.</param>
    /// <param name="gradient">[3, height, width]: the derivative of the score with respect to each sample; overwritten.</param>
    /// <returns>The score.</returns>
    internal static double Differentiate(Raster expected, ReadOnlySpan<float> actual, Span<float> gradient)
    {
        LinearImage judged = LinearImage.Of(actual, expected.Width, expected.Height);
        (LinearImage Linear, ChannelComparison[] Channels)[] scales =
        [
            .. Scale(LinearImage.Of(expected), judged).Select(scale => (scale.Y, CompareScale(scale.X, scale.Y).ToArray())),
        ];
        double sum = Sum([.. scales.Select(scale => scale.Channels.Select(channel => channel.Norms).ToArray())]),
            slope = Slope(sum);
        LinearImage? slopes = null;
        for (int scale = scales.Length - 1; scale >= 0; scale--)
        {
            (LinearImage linear, ChannelComparison[] channels) = scales[scale];
            LinearImage own = XybImage.Differentiate(
                linear,
                [
                    .. channels.Select(
                        (channel, c) =>
                        {
                            double[] weights = [.. Weights(c, scale, scales.Length).ToArray().Select(weight => slope * weight)];
                            return channel.Differentiate(weights);
                        }
                    ),
                ]
            );
            slopes = slopes is null ? own : own.AddHalved(slopes);
        }

        slopes!.Differentiate(actual, gradient);
        return Score(sum);
    }

    private static IEnumerable<(LinearImage X, LinearImage Y)> Scale(LinearImage x, LinearImage y)
    {
        for (int scale = 1; ; scale++)
        {
            yield return (x, y);
            // The program asks whether the larger scale has the smallest side, so that the last scale may be smaller.
            if (scale == Scales || Math.Min(x.Width, x.Height) < MinSide)
                yield break;
            (x, y) = (x.Halve(), y.Halve());
        }
    }

    private static IEnumerable<ChannelComparison> CompareScale(LinearImage x, LinearImage y) =>
        XybImage.Of(x).Channels.Zip(XybImage.Of(y).Channels, (expected, actual) => new ChannelComparison(expected, actual));

    /// <summary>The weighted sum of the norms of all channels at all scales.</summary>
    private static double Sum(List<double[][]> scales)
    {
        double sum = 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int scale = 0; scale < scales.Count; scale++)
            {
                ReadOnlySpan<double> weights = Weights(channel, scale, scales.Count);
                for (int i = 0; i < weights.Length; i++)
                    sum += weights[i] * scales[scale][channel][i];
            }
        }

        return sum;
    }

    /// <summary>
    /// The weights of a channel's norms at a scale. Those of an image with fewer scales are the rows that come first: so does the program.
    /// </summary>
    private static ReadOnlySpan<double> Weights(int channel, int scale, int scales) => Ssimulacra2Weights.Row(channel * scales + scale);

    // The score is 100 − 10 · p(unit · the sum) ^ exponent, with a polynomial p; all numbers are the program's.
    private static double Score(double sum)
    {
        double value = Unit * sum,
            mapped = value * (Linear + value * (Quadratic + value * Cubic));
        return mapped > 0 ? 100 - 10 * Math.Pow(mapped, Exponent) : 100;
    }

    /// <summary>The derivative of the score with respect to the sum.</summary>
    private static double Slope(double sum)
    {
        double value = Unit * sum,
            mapped = value * (Linear + value * (Quadratic + value * Cubic));
        return mapped > 0
            ? -10 * Exponent * Math.Pow(mapped, Exponent - 1) * (Linear + value * (2 * Quadratic + value * 3 * Cubic)) * Unit
            : 0;
    }
}
