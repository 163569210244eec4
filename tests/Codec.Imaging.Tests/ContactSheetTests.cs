using Codec.Images;

namespace Codec.Imaging.Tests;

public sealed class ContactSheetTests
{
    [Fact]
    public void Draw_SmallImage_EnlargesItWithHardEdges()
    {
        var sheet = new ContactSheet(cellSide: 8);
        sheet.AddRow("", [new Raster(2, 2, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])]);
        Raster drawn = sheet.Draw();

        // The image is the only colour on the sheet: four squares of 4×4.
        Assert.Equal(16, Count(drawn, 255, 0, 0));
        Assert.Equal(16, Count(drawn, 0, 255, 0));
        Assert.Equal(16, Count(drawn, 0, 0, 255));
        Assert.Equal(16, Count(drawn, 9, 9, 9));
        Assert.Equal(drawn.Width * drawn.Height - 64, Count(drawn, 255, 255, 255));
    }

    [Fact]
    public void Draw_LargeImage_ShrinksItIntoItsPlace()
    {
        var sheet = new ContactSheet(cellSide: 8);
        var samples = new byte[32 * 16];
        Array.Fill(samples, (byte)77);
        sheet.AddRow("", [new Raster(32, 16, 1, samples)]);
        Assert.Equal(8 * 4, Count(sheet.Draw(), 77, 77, 77));
    }

    [Fact]
    public void Draw_RowsOfDifferentLength_IsAsWideAsTheWidest()
    {
        Raster image = TestImages.Pattern(4, 4, 3);
        var one = new ContactSheet(16);
        one.AddRow("", [image]);
        var three = new ContactSheet(16);
        three.AddRow("", [image]);
        three.AddRow("", [image, image, image]);
        Assert.Equal(2 * 22, three.Draw().Width - one.Draw().Width);
        Assert.Equal(2 * (one.Draw().Height - 6), three.Draw().Height - 6);
    }

    [Fact]
    public void Draw_Caption_WritesItsLetters()
    {
        // A full stop is two by two dots of two by two pixels, a space nothing.
        Assert.Equal(16, Ink("."));
        Assert.Equal(32, Ink(" . ."));
        Assert.Equal(0, Ink(" "));
        // What has no letter becomes its likeness, or a question mark.
        Assert.Equal(Ink("32x32 - ?"), Ink("32×32 – 顔"));

        static int Ink(string caption)
        {
            var sheet = new ContactSheet();
            sheet.AddRow(caption, []);
            return Count(sheet.Draw(), 40, 40, 40);
        }
    }

    [Fact]
    public void Draw_LabelLongerThanItsImage_IsCut()
    {
        var sheet = new ContactSheet(cellSide: 24);
        sheet.AddRow("", [TestImages.Pattern(2, 2, 1)], [". . . . . . . . ."]);
        Assert.Equal(16, Count(sheet.Draw(), 40, 40, 40));
    }

    [Fact]
    public void ToPng_Sheet_IsThePictureDrawn()
    {
        var sheet = new ContactSheet();
        sheet.AddRow("one", [TestImages.Pattern(5, 7, 3)], ["a"]);
        Assert.Equal(sheet.Draw().Samples, ImageFile.Decode(sheet.ToPng()).Samples);
    }

    [Fact]
    public void AddRow_LabelsThatDoNotMatch_Throws() =>
        Assert.Throws<ArgumentException>(() => new ContactSheet().AddRow("", [TestImages.Pattern(1, 1, 1)], []));

    [Fact]
    public void Draw_NoRow_Throws() => Assert.Throws<InvalidOperationException>(() => new ContactSheet().Draw());

    [Theory]
    [InlineData(7)]
    [InlineData(1025)]
    public void Constructor_CellOutsideTheRange_Throws(int side) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ContactSheet(side));

    private static int Count(Raster image, byte red, byte green, byte blue)
    {
        int count = 0;
        for (int i = 0; i < image.Samples.Length; i += 3)
        {
            if (image.Samples[i] == red && image.Samples[i + 1] == green && image.Samples[i + 2] == blue)
                count++;
        }

        return count;
    }
}
