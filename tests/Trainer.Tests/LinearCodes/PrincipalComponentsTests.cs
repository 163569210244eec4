using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;

namespace Trainer.Tests.LinearCodes;

public sealed class PrincipalComponentsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_AnyImages_GivesAnOrthonormalBasisByFallingVariance(bool mirrored)
    {
        PrincipalComponents components = PrincipalComponents.Fit(TinyImages.Create().Train, 20, mirrored);

        Assert.Equal(components.Variances.OrderDescending(), components.Variances);
        for (int j = 0; j < components.Count; j++)
        {
            for (int k = 0; k <= j; k++)
                Assert.Equal(j == k ? 1 : 0, Dot(Row(components, j), Row(components, k)), 1e-4);
        }
    }

    [Fact]
    public void Fit_Mirrored_EqualsThePlainFitOverTheImagesAndTheirMirrorImages()
    {
        ImageSet images = TinyImages.Create().Train;
        PrincipalComponents halves = PrincipalComponents.Fit(images, 6, mirrored: true);

        PrincipalComponents whole = PrincipalComponents.Fit(WithMirrorImages(images), 6, mirrored: false);

        for (int k = 0; k < 6; k++)
        {
            Assert.Equal(1, halves.Variances[k] / whole.Variances[k], 1e-3);
            Assert.Equal(1, Math.Abs(Dot(Row(halves, k), Row(whole, k))), 1e-2);
        }

        Assert.All(halves.Mean.Zip(whole.Mean), pair => Assert.Equal(pair.First, pair.Second, 1e-2));
    }

    [Fact]
    public void FitSmooth_AllFrequencies_EqualsThePlainFit()
    {
        ImageSet images = TinyImages.Create().Train;
        PrincipalComponents smooth = PrincipalComponents.FitSmooth(images, 6, frequencies: 8),
            plain = PrincipalComponents.Fit(images, 6, mirrored: false);
        for (int k = 0; k < 6; k++)
        {
            Assert.Equal(1, smooth.Variances[k] / plain.Variances[k], 1e-3);
            Assert.Equal(1, Dot(Row(smooth, k), Row(plain, k)), 1e-2);
        }

        Assert.All(smooth.Mean.Zip(plain.Mean), pair => Assert.Equal(pair.First, pair.Second, 1e-2));
    }

    [Fact]
    public void FitSmooth_MoreComponentsThanCoefficients_SaysHowManyThereAre() =>
        Assert.Contains(
            "27 coefficients",
            Assert.Throws<ArgumentException>(() => PrincipalComponents.FitSmooth(TinyImages.Create().Train, 28, frequencies: 3)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Fit_Mirrored_GivesEvenAndOddComponentsOnly()
    {
        PrincipalComponents components = PrincipalComponents.Fit(TinyImages.Create().Train, 12, mirrored: true);

        for (int k = 0; k < components.Count; k++)
        {
            float[] row = Row(components, k);
            Assert.Equal(1, Math.Abs(Dot(row, Mirror(row, 8, 3))), 1e-4);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fit_MoreComponentsThanTheImagesSpan_RestoresThem(bool mirrored)
    {
        ImageSet images = TinyImages.Create(train: 40, side: 4, channels: 1).Train;
        LinearPair pair = PrincipalComponents.Fit(images, 16, mirrored).ToPair(16, 1 / 255f, -0.5f);
        float[] pixels = [.. images[3].ToArray().Select(b => b / 255f - 0.5f)];

        float[] latents =
        [
            .. Enumerable
                .Range(0, 16)
                .Select(k => (float)(Dot(pair.EncoderWeights[(k * 16)..((k + 1) * 16)], pixels) + pair.EncoderBias[k])),
        ];
        float[] restored =
        [
            .. Enumerable
                .Range(0, 16)
                .Select(i => pair.DecoderBias[i] + Enumerable.Range(0, 16).Sum(k => latents[k] * pair.DecoderWeights[k * 16 + i])),
        ];

        Assert.All(pixels.Zip(restored), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Fit_OddWidth_StillWorks()
    {
        PrincipalComponents components = PrincipalComponents.Fit(TinyImages.Create(side: 7, channels: 1).Train, 3, mirrored: true);
        Assert.Equal(49, components.Samples);
    }

    private static float[] Row(PrincipalComponents components, int k) =>
        components.Basis[(k * components.Samples)..((k + 1) * components.Samples)];

    private static double Dot(float[] a, float[] b) => a.Zip(b).Sum(pair => (double)pair.First * pair.Second);

    private static float[] Mirror(float[] image, int width, int channels)
    {
        var mirrored = new float[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            int c = i % channels,
                x = i / channels % width,
                y = i / channels / width;
            mirrored[(y * width + width - 1 - x) * channels + c] = image[i];
        }

        return mirrored;
    }

    private static ImageSet WithMirrorImages(ImageSet images) => TinyImages.Load(new MirrorImages(images), heldOut: 1).Train;

    /// <summary>Reads a set's images and their mirror images, and one more image to be held out.</summary>
    private sealed class MirrorImages(ImageSet images) : IDataSource
    {
        public string Name => "mirror images";

        public string License => "none needed";

        public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            for (int n = 0; n < images.Count; n++)
            {
                Raster image = images.Image(n);
                byte[] mirrored = [.. Mirror([.. image.Samples.Select(b => (float)b)], image.Width, image.Channels).Select(v => (byte)v)];
                yield return new LabeledImage($"{n}", "", image);
                yield return new LabeledImage($"{n} mirrored", "", new Raster(image.Width, image.Height, image.Channels, mirrored));
            }

            yield return new LabeledImage("held out", "", images.Image(0));
        }
    }
}
