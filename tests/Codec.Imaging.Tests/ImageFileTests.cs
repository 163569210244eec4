using System.Text;
using Codec.Images;

namespace Codec.Imaging.Tests;

public sealed class ImageFileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void EncodePng_AnyImage_DecodesToTheSameSamples(int channels)
    {
        Raster image = TestImages.Pattern(33, 21, channels);
        Raster decoded = ImageFile.Decode(ImageFile.EncodePng(image));
        Assert.Equal((33, 21, channels), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.Equal(image.Samples, decoded.Samples);
    }

    [Fact]
    public void EncodeJpeg_SmoothImage_DecodesCloseToIt()
    {
        Raster image = TestImages.Gradient(64, 48);
        Assert.InRange(Decibels(image, ImageFile.Decode(ImageFile.EncodeJpeg(image, 90))), 35, 60);
    }

    [Fact]
    public void EncodeWebp_SmoothImage_DecodesCloseToIt()
    {
        Raster image = TestImages.Gradient(64, 48);
        Assert.InRange(Decibels(image, ImageFile.Decode(ImageFile.EncodeWebp(image, 90))), 35, 60);
    }

    [Fact]
    public void Encode_AnyFormat_WritesNoProfile()
    {
        Raster image = TestImages.Pattern(8, 8, 3);
        foreach (byte[] file in new[] { ImageFile.EncodePng(image), ImageFile.EncodeJpeg(image, 50), ImageFile.EncodeWebp(image, 50) })
        {
            string text = Encoding.Latin1.GetString(file);
            Assert.DoesNotContain("iCCP", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("ICC_PROFILE", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EncodeJpeg_GreyImage_StaysGrey() =>
        Assert.Equal(1, ImageFile.Decode(ImageFile.EncodeJpeg(TestImages.Pattern(8, 8, 1), 50)).Channels);

    [Fact]
    public void EncodeWebp_GreyImage_DecodesAsThreeChannels() =>
        Assert.Equal(3, ImageFile.Decode(ImageFile.EncodeWebp(TestImages.Pattern(8, 8, 1), 50)).Channels);

    [Theory]
    [InlineData(-1)]
    [InlineData(101)]
    public void Encode_QualityOutsideTheRange_Throws(int quality)
    {
        Raster image = TestImages.Pattern(4, 4, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageFile.EncodeJpeg(image, quality));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageFile.EncodeWebp(image, quality));
    }

    [Fact]
    public void Decode_Transparency_IsBlendedOverWhite()
    {
        byte[] png = TestPngs.Create(3, 1, colorType: 6, scanlines: [0, 10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 255, 128]);
        Assert.Equal([255, 255, 255, 10, 20, 30, 127, 177, 255], ImageFile.Decode(png).Samples);
    }

    [Fact]
    public void Decode_SixteenBits_KeepsTheUpperEight()
    {
        byte[] png = TestPngs.Create(1, 1, colorType: 2, bitDepth: 16, scanlines: [0, 0x40, 0x40, 0x80, 0x80, 0xC0, 0xC0]);
        Assert.Equal([0x40, 0x80, 0xC0], ImageFile.Decode(png).Samples);
    }

    // The stored picture is 32×16: its left half is black, its right half white, its upper left quarter red.
    // For each orientation: the size seen, and the corner where the red is then (0 to 3: top left, top right, bottom left, bottom right).
    [Theory]
    [InlineData(1, 32, 16, 0, 2)]
    [InlineData(2, 32, 16, 1, 3)]
    [InlineData(3, 32, 16, 3, 1)]
    [InlineData(4, 32, 16, 2, 0)]
    [InlineData(5, 16, 32, 0, 1)]
    [InlineData(6, 16, 32, 1, 0)]
    [InlineData(7, 16, 32, 3, 2)]
    [InlineData(8, 16, 32, 2, 3)]
    public void Decode_ExifOrientation_TurnsThePictureUpright(byte orientation, int width, int height, int redCorner, int blackCorner)
    {
        var samples = new byte[32 * 16 * 3];
        for (int y = 0; y < 16; y++)
        {
            for (int x = 0; x < 32; x++)
            {
                bool left = x < 16,
                    top = y < 8;
                if (!left)
                    samples.AsSpan((y * 32 + x) * 3, 3).Fill(255);
                else if (top)
                    samples[(y * 32 + x) * 3] = 255;
            }
        }

        byte[] jpeg = ImageFile.EncodeJpeg(new Raster(32, 16, 3, samples), 95);
        Raster upright = ImageFile.Decode(TestJpegs.With(jpeg, TestJpegs.Exif(orientation)));

        Assert.Equal((width, height), (upright.Width, upright.Height));
        Assert.Equal("red", Color(upright, redCorner));
        Assert.Equal("black", Color(upright, blackCorner));
        Assert.All(Enumerable.Range(0, 4).Except([redCorner, blackCorner]), corner => Assert.Equal("white", Color(upright, corner)));
    }

    private static string Color(Raster image, int corner)
    {
        int x = corner % 2 == 0 ? 1 : image.Width - 2,
            y = corner / 2 == 0 ? 1 : image.Height - 2;
        ReadOnlySpan<byte> pixel = image.Samples.AsSpan((y * image.Width + x) * 3, 3);
        return (pixel[0] > 128, pixel[1] > 128) switch
        {
            (true, true) => "white",
            (true, false) => "red",
            _ => "black",
        };
    }

    private static double Decibels(Raster expected, Raster actual)
    {
        var psnr = new Psnr();
        psnr.Add(expected.Samples, actual.Samples);
        return psnr.Decibels;
    }
}
