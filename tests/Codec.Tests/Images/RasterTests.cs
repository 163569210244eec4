using Codec.Images;

namespace Codec.Tests.Images;

public sealed class RasterTests
{
    [Theory]
    [InlineData(0, 1, 3, 0)]
    [InlineData(1, -1, 3, 0)]
    [InlineData(1, 1, 2, 2)]
    [InlineData(2, 2, 3, 11)]
    [InlineData(65_536, 65_536, 1, 0)]
    public void Constructor_SizesThatDoNotFit_Throws(int width, int height, int channels, int samples) =>
        Assert.ThrowsAny<ArgumentException>(() => new Raster(width, height, channels, new byte[samples]));
}
