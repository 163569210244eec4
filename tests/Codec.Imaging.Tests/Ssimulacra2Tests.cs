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

    [Fact]
    public void Compare_SizesThatDiffer_Throws() =>
        Assert.Throws<ArgumentException>(() => Ssimulacra2.Compare(Noise(9, 8, 1, 2), Noise(8, 9, 1, 2)));

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
