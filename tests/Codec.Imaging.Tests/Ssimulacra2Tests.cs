using System.Globalization;
using Codec.Images;
using Codec.Tests.Shared;

namespace Codec.Imaging.Tests;

public sealed class Ssimulacra2Tests
{
    /// <summary>The scores of libjxl 0.11.2's <c>ssimulacra2</c>, for crops of photographs and what four codecs made of them.</summary>
    [Fact]
    public void Compare_PicturesOfFourCodecs_ScoresAsTheReferenceProgramAndOrdersTheCodecsAsIt()
    {
        string folder = RealData.Require("cases/ssimulacra2");
        var scores = new List<(string Original, double Reference, double Ours)>();
        foreach (string line in File.ReadLines(Path.Combine(folder, "scores.csv")).Skip(1))
        {
            string[] fields = line.Split(',');
            double reference = double.Parse(fields[2], CultureInfo.InvariantCulture);
            double ours = Ssimulacra2.Compare(Read(fields[0]), Read(fields[1]));
            // The reference converts to linear light through a color profile in other precision.
            Assert.True(Math.Abs(ours - reference) < 0.1, $"{fields[1]}: {ours:F3} instead of {reference:F3}");
            scores.Add((fields[0], reference, ours));
        }

        Assert.NotEmpty(scores);
        Assert.All(
            scores.GroupBy(score => score.Original),
            codecs => Assert.Equal(codecs.OrderBy(score => score.Reference), codecs.OrderBy(score => score.Ours))
        );

        Raster Read(string name) => ImageFile.Decode(File.ReadAllBytes(Path.Combine(folder, name)));
    }

    [Fact]
    public void Compare_EqualImages_Is100()
    {
        Raster image = Noise(40, 30, 3, 255);
        Assert.Equal(100.0, Ssimulacra2.Compare(image, image));
    }

    [Fact]
    public void Compare_MoreNoise_IsWorse()
    {
        double[] scores = [.. new[] { 4, 16, 64 }.Select(range => Ssimulacra2.Compare(Noise(100, 90, 3, 1), Noise(100, 90, 3, range)))];
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.True(scores[0] > scores[2] + 20, string.Join(", ", scores));
    }

    [Fact]
    public void Compare_GreyImages_IsAsOfThreeEqualChannels()
    {
        Raster expected = Noise(64, 48, 1, 40),
            actual = Noise(64, 48, 1, 50);
        Assert.Equal(Ssimulacra2.Compare(expected.WithChannels(3), actual.WithChannels(3)), Ssimulacra2.Compare(expected, actual));
    }

    [Fact]
    public void Compare_SideTooSmall_ThrowsAndSmallestSideDoesNot()
    {
        Assert.Equal(100.0, Ssimulacra2.Compare(Noise(8, 8, 3, 90), Noise(8, 8, 3, 90)));
        var failure = Assert.Throws<ArgumentException>(() => Ssimulacra2.Compare(Noise(7, 8, 3, 90), Noise(7, 8, 3, 90)));
        Assert.StartsWith("The sides must have at least 8 pixels, not 7×8.", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Two sizes: one of all scales, one of fewer, with odd sides.</summary>
    [Theory]
    [InlineData(120, 113)]
    [InlineData(45, 37)]
    public void Differentiate_ChangesOfSamples_ChangeTheScoreAsTheGradientSays(int width, int height)
    {
        Raster expected = Waves(width, height, amplitude: 40, noise: 0),
            decoded = Waves(width, height, amplitude: 30, noise: 12);
        int pixels = width * height;
        float[] actual = [.. Enumerable.Range(0, 3 * pixels).Select(i => (float)decoded.Samples[i % pixels * 3 + i / pixels])];
        var gradient = new float[actual.Length];
        double score = Ssimulacra2.Differentiate(expected, actual, gradient);
        Assert.Equal(Ssimulacra2.Compare(expected, decoded), score, tolerance: 0.001);

        // Along the gradient, against it, and along random directions.
        var random = new Random(5);
        float[][] directions =
        [
            gradient,
            .. Enumerable.Range(0, 6).Select(_ => actual.Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()),
            .. Enumerable.Range(0, 3).Select(c => actual.Select((_, i) => i / pixels == c ? gradient[i] : 0f).ToArray()),
        ];
        foreach (float[] direction in directions)
        {
            double length = Math.Sqrt(direction.Sum(value => (double)value * value)),
                step = 0.02 * Math.Sqrt(pixels) / length,
                expectedSlope = direction.Zip(gradient, (a, b) => (double)a * b).Sum() / length,
                slope = (Moved(step, direction) - Moved(-step, direction)) / (2 * step * length);
            double steepest = Math.Sqrt(gradient.Sum(value => (double)value * value));
            Assert.True(Math.Abs(slope - expectedSlope) < 0.03 * steepest, $"{slope:G4} instead of {expectedSlope:G4}, at most {steepest:G4}");
        }

        // The score is smooth only between the kinks of its maps, so a step is small but not tiny.
        double Moved(double step, float[] direction) =>
            Ssimulacra2.Differentiate(
                expected,
                [.. actual.Zip(direction, (value, change) => (float)(value + step * change))],
                new float[actual.Length]
            );
    }

    [Fact]
    public void Differentiate_SamplesPastWhite_HaveNoGradient()
    {
        Raster expected = Waves(40, 40, amplitude: 40, noise: 0);
        float[] actual = [.. Enumerable.Repeat(260f, 3 * 40 * 40)];
        var gradient = new float[actual.Length];
        Ssimulacra2.Differentiate(expected, actual, gradient);
        Assert.All(gradient, slope => Assert.Equal(0, slope));
    }

    [Fact]
    public void Compare_SizesThatDiffer_Throws() =>
        Assert.Throws<ArgumentException>(() => Ssimulacra2.Compare(Noise(9, 8, 1, 2), Noise(8, 9, 1, 2)));

    private static Raster Waves(int width, int height, double amplitude, int noise)
    {
        var random = new Random(2);
        var image = new byte[3 * width * height];
        for (int i = 0; i < image.Length; i++)
        {
            (int y, int x) = Math.DivRem(i / 3, width);
            double wave = Math.Sin(x * 0.31 + i % 3) + Math.Cos(y * 0.17 - x * 0.05);
            image[i] = (byte)(120 + amplitude * wave + random.Next(noise + 1));
        }

        return new Raster(width, height, 3, image);
    }

    private static Raster Noise(int width, int height, int channels, int range)
    {
        var random = new Random(1);
        return new Raster(
            width,
            height,
            channels,
            [.. Enumerable.Range(0, width * height * channels).Select(_ => (byte)(100 + random.Next(range) * 155 / 255))]
        );
    }
}
