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
        Raster image = ImageFile.Decode(TestImages.Png(2, 1, colorType: 0, bitDepth: 16, scanlines: [0, 0x40, 0x40, 0xC0, 0xC0]));
        Assert.Equal((2, 1, 1), (image.Width, image.Height, image.Channels));
        Assert.Equal([0x40, 0xC0], image.Samples);
    }

    [Fact]
    public void Decode_SixteenBitTransparency_IsBlendedOverWhite()
    {
        byte[] png = TestImages.Png(
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
        Raster image = ImageFile.Decode(TestImages.Png(3, 1, colorType: 4, scanlines: [0, 10, 255, 10, 0, 100, 128]));
        Assert.Equal(3, image.Channels);
        Assert.Equal([10, 10, 10, 255, 255, 255, 177, 177, 177], image.Samples);
    }

    [Fact]
    public void Decode_OneBitGrey_IsBlackAndWhite() =>
        Assert.Equal(
            [255, 0, 255, 0],
            ImageFile.Decode(TestImages.Png(4, 1, colorType: 0, bitDepth: 1, scanlines: [0, 0b1010_0000])).WithChannels(1).Samples
        );

    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    public void Decode_ExifOrientationOfOtherFormats_TurnsThePictureUpright(string format)
    {
        Raster image = TestImages.Gradient(32, 16);
        byte[] file =
            format == "png"
                ? TestImages.PngWithExif(ImageFile.EncodePng(image), TestImages.Exif(6))
                : TestImages.WebpWithOrientation(ImageFile.EncodeWebp(image, 95), 6);
        Raster upright = ImageFile.Decode(file);
        Assert.Equal((16, 32), (upright.Width, upright.Height));
        // A quarter turn clockwise: the bottom left moves to the top left. Red grows downward, green to the left.
        Assert.True(upright.Samples[1] > 200 && upright.Samples[0] < 50, $"The top left is {upright.Samples[0]}, {upright.Samples[1]}.");
    }

    [Fact]
    public void Decode_DamagedExifOfAPng_LeavesThePictureUnchanged()
    {
        const int EntryEnd = 8 + 2 + 12;
        byte[] png = ImageFile.EncodePng(TestImages.Gradient(32, 16));
        byte[] exif = TestImages.Exif(6);
        int turned = 0;
        for (int at = 0; at < exif.Length; at++)
        {
            foreach (byte value in new byte[] { 0, 0x7F, 0xFF })
            {
                byte[] damaged = [.. exif];
                damaged[at] = value;
                if (ImageFile.Decode(TestImages.PngWithExif(png, damaged)).Width == 16)
                    turned++;
            }

            if (at < EntryEnd)
                Assert.Equal(32, ImageFile.Decode(TestImages.PngWithExif(png, exif[..at])).Width);
        }

        // Damage to the entry's count or to the bytes after its value does not matter; all other damage does.
        Assert.InRange(turned, 1, exif.Length * 2);
    }
}
