using Codec.Images;

namespace Codec.Imaging.Tests;

public sealed class RasterExtensionsTests
{
    [Fact]
    public void Crop_Part_HoldsThePartsPixels()
    {
        Raster part = new Raster(3, 2, 1, [1, 2, 3, 4, 5, 6]).Crop(1, 0, 2, 2);
        Assert.Equal((2, 2), (part.Width, part.Height));
        Assert.Equal([2, 3, 5, 6], part.Samples);
    }

    [Theory]
    [InlineData(-1, 0, 1, 1)]
    [InlineData(0, 0, 4, 1)]
    [InlineData(2, 1, 1, 2)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(2, 0, int.MaxValue, 1)]
    public void Crop_OutsideTheImage_Throws(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TestImages.Pattern(3, 2, 1).Crop(x, y, width, height));

    [Fact]
    public void WithChannels_OneFromThree_IsPillowsLuma()
    {
        // The values of Pillow 9.4: image.convert("L").
        Raster grey = new Raster(5, 1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 30, 255, 255, 255]).WithChannels(1);
        Assert.Equal([76, 150, 29, 124, 255], grey.Samples);
    }

    [Fact]
    public void WithChannels_ThreeFromOne_RepeatsTheGrey() =>
        Assert.Equal([7, 7, 7, 9, 9, 9], new Raster(2, 1, 1, [7, 9]).WithChannels(3).Samples);

    [Fact]
    public void WithChannels_Two_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => TestImages.Pattern(1, 1, 1).WithChannels(2));
}
