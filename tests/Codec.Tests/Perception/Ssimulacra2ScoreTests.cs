using Codec.Images;
using Codec.Perception;

namespace Codec.Tests.Perception;

public sealed class Ssimulacra2ScoreTests
{
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
        OriginalChannel[][] original = Ssimulacra2Score.Prepare(expected);
        double score = Ssimulacra2Score.Differentiate(original, actual, width, height, gradient);
        Assert.Equal(Ssimulacra2Score.Compare(expected, decoded), score, tolerance: 0.001);

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
            Assert.True(
                Math.Abs(slope - expectedSlope) < 0.03 * steepest,
                $"{slope:G4} instead of {expectedSlope:G4}, at most {steepest:G4}"
            );
        }

        // The score is smooth only between the kinks of its maps, so a step is small but not tiny.
        double Moved(double step, float[] direction) =>
            Ssimulacra2Score.Differentiate(
                original,
                [.. actual.Zip(direction, (value, change) => (float)(value + step * change))],
                width,
                height,
                new float[actual.Length]
            );
    }

    [Fact]
    public void Differentiate_SamplesPastWhite_HaveNoGradient()
    {
        Raster expected = Waves(40, 40, amplitude: 40, noise: 0);
        float[] actual = [.. Enumerable.Repeat(260f, 3 * 40 * 40)];
        var gradient = new float[actual.Length];
        Ssimulacra2Score.Differentiate(Ssimulacra2Score.Prepare(expected), actual, 40, 40, gradient);
        Assert.All(gradient, slope => Assert.Equal(0, slope));
    }

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
}
