using Codec.Images;

namespace Codec.Perception;

/// <summary>Measures how different two images look to people (SSIMULACRA 2.1; Sneyers 2023).</summary>
/// <remarks>
/// Follows the reference program, libjxl's <c>ssimulacra2</c>: up to six scales, each half as large in linear light; at each scale, and for
/// each channel of <see cref="XybImage"/>, three maps of error (structure, edges that appeared, detail that was lost), each summarized by
/// its mean and by its 4-norm; a weighted sum of these, mapped to a score. The program's weights were fitted to subjective scores of
/// compressed images, so that a score of 30 is low quality, 50 medium, 70 high, and 90 visually lossless side by side.
/// </remarks>
internal static class Ssimulacra2Score
{
    /// <summary>The smallest side in pixels.</summary>
    public const int MinSide = 8;

    private const int MostScales = 6;
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
        foreach ((LinearImage x, LinearImage y) in Scales(LinearImage.Of(expected)).Zip(Scales(LinearImage.Of(actual))))
            scales.Add([.. Compare(Prepare(x), y).Select(channel => channel.Norms)]);
        return Score(Sum(scales));
    }

    /// <summary>Computes what all comparisons with an original need.</summary>
    /// <param name="original">The original, of three channels.</param>
    /// <returns>The channels of each scale: 48 bytes a pixel.</returns>
    public static OriginalChannel[][] Prepare(Raster original) => [.. Scales(LinearImage.Of(original)).Select(Prepare)];

    /// <summary>Compares an image with an original, and finds how each of its samples should change for a better score.</summary>
    /// <param name="original">What <see cref="Prepare(Raster)"/> gives of the original.</param>
    /// <param name="actual">[3, height, width]: the samples of the image to judge; those outside 0 to 255 are clamped.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="gradient">[3, height, width]: the derivative of the score with respect to each sample; overwritten.</param>
    /// <returns>The score.</returns>
    public static double Differentiate(
        OriginalChannel[][] original,
        ReadOnlySpan<float> actual,
        int width,
        int height,
        Span<float> gradient
    )
    {
        (LinearImage Linear, ChannelComparison[] Channels)[] scales =
        [
            .. original.Zip(
                Scales(LinearImage.Of(actual, width, height)),
                (channels, linear) => (linear, Compare(channels, linear).ToArray())
            ),
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

    /// <summary>An image, and its halves: each scale that is compared.</summary>
    private static IEnumerable<LinearImage> Scales(LinearImage image)
    {
        for (int scale = 1; ; scale++)
        {
            yield return image;
            // The program asks whether the larger scale has the smallest side, so that the last scale may be smaller.
            if (scale == MostScales || Math.Min(image.Width, image.Height) < MinSide)
                yield break;
            image = image.Halve();
        }
    }

    private static OriginalChannel[] Prepare(LinearImage image) => [.. XybImage.Of(image).Channels.Select(OriginalChannel.Of)];

    private static IEnumerable<ChannelComparison> Compare(OriginalChannel[] original, LinearImage actual) =>
        original.Zip(XybImage.Of(actual).Channels, (channel, plane) => new ChannelComparison(channel, plane));

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
