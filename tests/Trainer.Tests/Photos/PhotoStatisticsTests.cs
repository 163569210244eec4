using Codec.Entropy;
using Codec.Images;
using Codec.Trainer.Photos;

namespace Trainer.Tests.Photos;

public sealed class PhotoStatisticsTests
{
    [Fact]
    public void Measure_PicturesWithMoreColourThanLuminance_OrdersEachColourAfterThoseItIsPredictedFrom()
    {
        PhotoStatistics statistics = PhotoStatistics.Measure(
            [Colourful(80, 64)],
            LappedTransform.Encoder(PhotosTraining.Window, ColourAxes.Standard.Analysis),
            PhotosPlan.Standard(seed: 1, predictColours: true),
            CancellationToken.None
        );
        (GridRule rule, float[] variances) = (statistics.Rule, statistics.Variances);
        int[] coefficientOf = Coefficients(rule);
        int risen = 0;
        for (int i = 0; i < coefficientOf.Length; i++)
        {
            (int function, int colour) = Math.DivRem(coefficientOf[i], LappedTransform.Colours);
            (int luminance, int first) = (rule.Colours!.Luminance[i], rule.Colours.First[i]);
            Assert.Equal(colour == 0 ? ColourRule.None : At(function, 0), luminance);
            Assert.Equal(colour < 2 ? ColourRule.None : At(function, 1), first);
            if (colour == 0)
                continue;
            Assert.InRange(luminance, 0, i - 1);
            risen += variances[i] > variances[luminance] ? 1 : 0;
            if (colour == 2)
                Assert.InRange(first, luminance + 1, i - 1);
        }

        // By variance alone, most colours would come first.
        Assert.InRange(risen, LappedTransform.Coefficients / 3, LappedTransform.Coefficients);

        int At(int function, int colour) => Array.IndexOf(coefficientOf, LappedTransform.Colours * function + colour);
    }

    [Fact]
    public void Measure_WithoutPredictedColours_OrdersByVarianceAlone()
    {
        PhotoStatistics statistics = PhotoStatistics.Measure(
            [Colourful(80, 64)],
            LappedTransform.Encoder(PhotosTraining.Window, ColourAxes.Standard.Analysis),
            PhotosPlan.Standard(seed: 1),
            CancellationToken.None
        );
        Assert.Null(statistics.Rule.Colours);
        float[] variances = statistics.Variances[PhotosPlan.Predicted..];
        Assert.Equal(variances.OrderDescending(), variances);
    }

    /// <summary>[K]: the coefficient of each latent.</summary>
    private static int[] Coefficients(GridRule rule)
    {
        ushort[] natural = LappedTransform.Places([.. Enumerable.Range(0, LappedTransform.Coefficients)]);
        return
        [
            .. rule.Order[..LappedTransform.Coefficients].Select(place => Array.IndexOf(natural, place, 0, LappedTransform.Coefficients)),
        ];
    }

    /// <summary>Noise of constant luminance, with more of the second colour than of the first.</summary>
    private static Raster Colourful(int width, int height)
    {
        var random = new Random(5);
        var samples = new byte[3 * width * height];
        for (int i = 0; i < samples.Length; i += 3)
        {
            (int red, int blue) = (random.Next(-15, 16), random.Next(-100, 101));
            (samples[i], samples[i + 2]) = ((byte)(128 + red), (byte)(128 + blue));
            samples[i + 1] = (byte)Math.Round(128 - (0.27 * red + 0.09 * blue) / 0.64);
        }

        return new Raster(width, height, 3, samples);
    }
}
