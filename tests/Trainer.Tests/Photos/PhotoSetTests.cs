using Codec.Images;
using Codec.Trainer.Photos;

namespace Codec.Trainer.Tests.Photos;

/// <summary>A model learns from images as they are coded.</summary>
public sealed class PhotoSetTests
{
    [Fact]
    public void Stretched_ShortAxes_BecomeWholeBlocks()
    {
        Raster small = Flat(100, 85, 200),
            large = Flat(512, 300, 90);
        var set = new PhotoSet([large], "photos", "none") { Thumbnails = [small] };
        PhotoSet stretched = set.Stretched();

        Assert.Same(large, stretched.Photos[0]);
        Assert.Equal(new ImageSize(112, 96), stretched.Thumbnails[0].Size);
        Assert.All(stretched.Thumbnails[0].Samples, sample => Assert.Equal(200, sample));
        // A resumed training must find the images that it began with.
        Assert.Equal(set.Digest, stretched.Digest);
    }

    private static Raster Flat(int width, int height, byte grey)
    {
        Raster image = Raster.Allocate(new ImageSize(width, height), 3);
        image.Samples.AsSpan().Fill(grey);
        return image;
    }
}
