using Codec.Filtering;
using Codec.Images;
using Codec.Imaging;
using Codec.Trainer.Photos;

namespace Trainer.Tests.Photos;

public sealed class FilterRefinementTests
{
    private const float Step = 24;
    private readonly FilterDesign _design = new(ColourAxes.Standard);

    [Fact]
    public void Run_FromTheLeastSquaredError_ScoresBetterAndAddsHardlyAnyError()
    {
        DecodedImage[] images = [.. Enumerable.Range(0, 6).Select(Blurred)];
        FilterStatistics statistics = FilterDesign.Statistics(Step);
        foreach (DecodedImage image in images)
            statistics.Add(image.Original.Width, image.Original.Height, _design.Turn(image.Original.Samples), image.Planes);
        // No filter: the start need not be the least squared error.
        double[][] none = [.. Enumerable.Range(0, FilterDesign.Planes).Select(plane => new double[FilterDesign.Fitted(plane).Length])];
        FilterQuality refined = new FilterRefinement(_design, Step, statistics, images).Run(none, CancellationToken.None);

        FilterQuality start = FilterDesign.Pack(Step, none);
        double before = images.Average(image => Score(start, image)),
            after = images.Average(image => Score(refined, image));
        Assert.True(after > before + 1, $"{after:F2} after {before:F2}");
        // The same images in the same order give the same weights.
        Assert.Equal(refined.Weights, new FilterRefinement(_design, Step, statistics, images).Run(none, CancellationToken.None).Weights);
    }

    [Fact]
    public void Cut_Part_KeepsSamplesAndPlanesTogether()
    {
        DecodedImage part = Blurred(1).Cut(5, 9, 20, 12);
        Assert.Equal((20, 12), (part.Original.Width, part.Original.Height));
        Raster whole = Blurred(1).Original;
        Assert.Equal(whole.Samples[(9 * whole.Width + 5) * 3], part.Original.Samples[0]);
        Assert.Equal(Blurred(1).Planes[(whole.Height + 9 + 11) * whole.Width + 5 + 19], part.Planes[(12 + 11) * 20 + 19]);
    }

    [Theory]
    [InlineData(0, 64, 48)]
    [InlineData(1, 42, 48)]
    [InlineData(2, 64, 48)]
    [InlineData(3, 64, 32)]
    public void Shortened_EverySecondImage_HasTwoThirdsOfAnAxis(int index, int width, int height)
    {
        ImageSize size = Blurred(0).Shortened(index).Original.Size;
        Assert.Equal(new ImageSize(width, height), size);
    }

    private double Score(FilterQuality filter, DecodedImage image) =>
        Ssimulacra2.Compare(image.Original, _design.Show(filter, image.Original.Size, image.Planes));

    /// <summary>A picture of waves and noise, and the same picture blurred.</summary>
    private DecodedImage Blurred(int seed)
    {
        const int width = 64,
            height = 48;
        var random = new Random(seed);
        var samples = new byte[3 * width * height];
        for (int i = 0; i < samples.Length; i++)
        {
            (int y, int x) = Math.DivRem(i / 3, width);
            samples[i] = (byte)(110 + 50 * Math.Sin(x * (0.2 + 0.1 * seed)) + 40 * Math.Cos(y * 0.3 + seed) + random.Next(20));
        }

        var original = new Raster(width, height, 3, samples);
        float[] planes = _design.Turn(samples);
        float[] blurred = [.. planes];
        for (int i = 1; i < planes.Length - 1; i++)
            blurred[i] = (planes[i - 1] + 2 * planes[i] + planes[i + 1]) / 4;
        return new DecodedImage(original, blurred);
    }
}
