using Codec.Images;

namespace Codec.Imaging.Tests;

public sealed class CoverTests
{
    [Fact]
    public void Cover_WideImage_KeepsTheMiddle()
    {
        Raster image = TestImages.Pattern(9, 4, 3);
        Assert.Equal(image.Crop(2, 0, 4, 4).Samples, Resampler.Cover(image, 4, 4).Samples);
    }

    [Fact]
    public void Cover_TallImage_KeepsTheMiddle()
    {
        Raster image = TestImages.Pattern(4, 10, 1);
        Assert.Equal(image.Crop(0, 4, 4, 2).Samples, Resampler.Cover(image, 4, 2).Samples);
    }

    [Theory]
    [InlineData(1, 1000, 32, 32)]
    [InlineData(1000, 1, 32, 32)]
    [InlineData(3, 2, 1, 1000)]
    [InlineData(2, 3, 1000, 1)]
    public void Cover_ExtremeProportions_HasTheTargetsSize(int width, int height, int newWidth, int newHeight)
    {
        Raster fitted = Resampler.Cover(TestImages.Pattern(width, height, 1), newWidth, newHeight);
        Assert.Equal((newWidth, newHeight), (fitted.Width, fitted.Height));
    }
}
