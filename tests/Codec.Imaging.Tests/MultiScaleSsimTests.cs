using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>
/// The expected values are SciPy 1.10's, by the steps of the authors' program; its single scale agrees with scikit-image 0.19's to 1e-14.
/// </summary>
public sealed class MultiScaleSsimTests
{
    [Theory]
    [InlineData(208, 193, 3, "posterized", 0.9843838745828645)]
    [InlineData(208, 193, 3, "darker", 0.9559898111957058)]
    [InlineData(208, 193, 3, "smeared", 0.8940058159250269)]
    [InlineData(208, 193, 3, "inverted", 0)]
    [InlineData(161, 161, 1, "posterized", 0.9762318066162252)]
    [InlineData(161, 161, 1, "smeared", 0.9019721657917344)]
    [InlineData(256, 176, 3, "darker", 0.9558239082744353)]
    [InlineData(256, 176, 3, "smeared", 0.8946337328145585)]
    public void Compare_Distortion_IsSciPys(int width, int height, int channels, string distortion, double expected)
    {
        Raster image = Weave(width, height, channels);
        Assert.Equal(expected, MultiScaleSsim.Compare(image, Distort(image, distortion)), 1e-5);
    }

    [Fact]
    public void Compare_EqualImages_IsOne() => Assert.Equal(1.0, MultiScaleSsim.Compare(Weave(200, 170, 3), Weave(200, 170, 3)));

    [Fact]
    public void Compare_SideTooSmallForFiveScales_Throws()
    {
        Raster small = Weave(300, MultiScaleSsim.MinSide - 1, 1);
        Assert.Throws<ArgumentException>(() => MultiScaleSsim.Compare(small, small));
    }

    [Fact]
    public void Compare_SizesThatDiffer_Throws() =>
        Assert.Throws<ArgumentException>(() => MultiScaleSsim.Compare(Weave(170, 180, 1), Weave(180, 170, 1)));

    private static Raster Weave(int width, int height, int channels)
    {
        var samples = new byte[width * height * channels];
        for (int i = 0; i < samples.Length; i++)
        {
            int c = i % channels,
                x = i / channels % width,
                y = i / channels / width;
            samples[i] = (byte)((x * x / 64 + y * 3 + c * 40) ^ ((x * y) >> 5));
        }

        return new Raster(width, height, channels, samples);
    }

    private static Raster Distort(Raster image, string distortion)
    {
        byte[] from = image.Samples;
        var samples = new byte[from.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = distortion switch
            {
                "posterized" => (byte)Math.Min(255, (from[i] & 0xE0) + 20),
                "darker" => (byte)(from[i] * 3 / 4),
                "inverted" => (byte)(255 - from[i]),
                _ => (byte)(Enumerable.Range(0, 4).Sum(back => from[Left(i, back)]) / 4),
            };
        }

        return new Raster(image.Width, image.Height, image.Channels, samples);

        // At the left edge, the pixel itself replaces missing pixels.
        int Left(int i, int back) => i / image.Channels % image.Width < back ? i : i - back * image.Channels;
    }
}
