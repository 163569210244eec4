using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>Files as cameras, print shops and scripts make them.</summary>
public sealed class UnusualImageFileTests
{
    // 16×8, Adobe's inverted inks: the left half red (0, 255, 255, 0), the right half cyan (255, 0, 0, 0). Written by Pillow 9.4.
    private const string CmykJpeg =
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgACAAQBEMRAE0RAFkR"
        + "AEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAoJAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8Av4P+P+v4AGf4f4z/2Q==";

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8192)]
    [InlineData(8192, 1)]
    [InlineData(17, 23)]
    public void Decode_AnySize_InEveryFormat(int width, int height)
    {
        Raster image = TestImages.Gradient(width, height);
        Assert.Equal(image.Samples, ImageFile.Decode(ImageFile.EncodePng(image)).Samples);
        foreach (byte[] file in new[] { ImageFile.EncodeJpeg(image, 95), ImageFile.EncodeWebp(image, 95) })
        {
            Raster decoded = ImageFile.Decode(file);
            Assert.Equal((width, height, 3), (decoded.Width, decoded.Height, decoded.Channels));
            var psnr = new Psnr();
            psnr.Add(image.Samples, decoded.Samples);
            Assert.InRange(psnr.Decibels, 30, double.PositiveInfinity);
        }
    }

    [Fact]
    public void Decode_CmykJpeg_IsItsInksInRgb()
    {
        Raster image = ImageFile.Decode(Convert.FromBase64String(CmykJpeg));
        Assert.Equal((16, 8, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal([255, 0, 0], image.Crop(2, 2, 1, 1).Samples);
        Assert.Equal([0, 255, 255], image.Crop(12, 2, 1, 1).Samples);
    }

    [Fact]
    public void Decode_SixteenBitGrey_KeepsTheUpperEightOfOneChannel()
    {
        Raster image = ImageFile.Decode(TestPngs.Create(2, 1, colorType: 0, bitDepth: 16, scanlines: [0, 0x40, 0x40, 0xC0, 0xC0]));
        Assert.Equal((2, 1, 1), (image.Width, image.Height, image.Channels));
        Assert.Equal([0x40, 0xC0], image.Samples);
    }

    [Fact]
    public void Decode_SixteenBitTransparency_IsBlendedOverWhite()
    {
        byte[] png = TestPngs.Create(
            2,
            1,
            colorType: 6,
            bitDepth: 16,
            scanlines: [0, 0x40, 0x40, 0x80, 0x80, 0xC0, 0xC0, 0xFF, 0xFF, 1, 1, 2, 2, 3, 3, 0, 0]
        );
        Assert.Equal([0x40, 0x80, 0xC0, 255, 255, 255], ImageFile.Decode(png).Samples);
    }

    [Fact]
    public void Decode_GreyWithTransparency_IsBlendedOverWhite()
    {
        Raster image = ImageFile.Decode(TestPngs.Create(3, 1, colorType: 4, scanlines: [0, 10, 255, 10, 0, 100, 128]));
        Assert.Equal(3, image.Channels);
        Assert.Equal([10, 10, 10, 255, 255, 255, 177, 177, 177], image.Samples);
    }

    [Fact]
    public void Decode_OneBitGrey_IsBlackAndWhite() =>
        Assert.Equal(
            [255, 0, 255, 0],
            ImageFile.Decode(TestPngs.Create(4, 1, colorType: 0, bitDepth: 1, scanlines: [0, 0b1010_0000])).WithChannels(1).Samples
        );

    [Fact]
    public void Decode_AnimatedPng_IsItsDefaultPicture()
    {
        byte[] frame = [.. TestPngs.Integers(0, 1, 1, 0, 0), 0, 1, 0, 1, 0, 0];
        byte[] png = TestPngs.WithAfterPixels(
            TestPngs.With(TestPngs.OnePixel(), TestPngs.Chunk("acTL", TestPngs.Integers(2, 0)), TestPngs.Chunk("fcTL", frame)),
            TestPngs.Chunk("fcTL", [.. TestPngs.Integers(1), .. frame[4..]]),
            TestPngs.Chunk("fdAT", [.. TestPngs.Integers(2), .. TestPngs.Compress([0, 1, 2, 3])])
        );
        Assert.Equal([64, 128, 192], ImageFile.Decode(png).Samples);
    }

    [Fact]
    public void Decode_AnimatedWebp_IsItsFirstPictureOnWhite()
    {
        Raster black = new(16, 8, 1, new byte[16 * 8]);
        Raster grey = new(16, 8, 1, [.. Enumerable.Repeat((byte)128, 16 * 8)]);
        Raster image = ImageFile.Decode(TestWebps.Animation(32, 8, black, grey));
        Assert.Equal((32, 8), (image.Width, image.Height));
        Assert.Equal([255, 255, 255], image.Crop(2, 4, 1, 1).Samples);
        Assert.All(image.Crop(24, 4, 1, 1).Samples, sample => Assert.InRange(sample, 0, 3));
    }

    [Fact]
    public void Decode_InterlacedPngCutShort_Throws()
    {
        // Adam7 of 4×4 grey pixels: rows of a filter byte and pixels; one each in passes 1, 4 and 5, two each in 6 and 7.
        byte[] passes = [0, 7, 0, 7, 0, 7, 7, 0, 7, 7, 0, 7, 7, 0, 7, 7, 7, 7, 0, 7, 7, 7, 7];
        byte[] png =
        [
            .. TestPngs.OnePixel().AsSpan(0, 8),
            .. TestPngs.Header(4, 4, 0, 8, interlacing: 1),
            .. TestPngs.Pixels(passes),
            .. TestPngs.Chunk("IEND"),
        ];
        Assert.Equal(Enumerable.Repeat((byte)7, 16), ImageFile.Decode(png).Samples);
        Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png.AsSpan(0, png.Length - 24)));
    }
}
