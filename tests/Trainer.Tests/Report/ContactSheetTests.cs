using Codec.Images;
using Codec.Imaging;
using Codec.Trainer.Report;

namespace Trainer.Tests.Report;

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
        sheet.AddRow("", [Flat(32, 16)]);
        Assert.Equal(8 * 4, Count(sheet.Draw(), 77, 77, 77));
    }

    [Fact]
    public void Draw_RowsOfDifferentLength_IsAsWideAsTheWidest()
    {
        Raster image = Flat(4, 4);
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
        Assert.Equal(0, Ink(" "));
        Assert.InRange(Ink("."), 1, 16);
        Assert.InRange(Ink("32×32 – ½"), Ink("32") + 20, int.MaxValue);

        static int Ink(string caption)
        {
            var sheet = new ContactSheet();
            sheet.AddRow(caption, []);
            return CountInk(sheet.Draw());
        }
    }

    [Fact]
    public void Draw_LongCaption_WidensTheSheet()
    {
        var sheet = new ContactSheet(cellSide: 8);
        sheet.AddRow(new string('M', 100), []);
        Raster drawn = sheet.Draw();
        Assert.InRange(drawn.Width, 800, 2000);
        // The last letter is inside the gap at the right edge.
        Assert.NotEqual(0, CountInk(drawn.Crop(drawn.Width - 20, 0, 14, drawn.Height)));
        Assert.Equal(0, CountInk(drawn.Crop(drawn.Width - 6, 0, 6, drawn.Height)));
    }

    [Fact]
    public void Draw_LabelLongerThanItsImage_IsCut()
    {
        var sheet = new ContactSheet(cellSide: 24);
        sheet.AddRow("", [Flat(2, 2, 255), Flat(2, 2, 255)], ["MMMMMMMMMMMM", ""]);
        Raster drawn = sheet.Draw();
        Assert.NotEqual(0, CountInk(drawn.Crop(0, 0, 6 + 24, drawn.Height)));
        Assert.Equal(0, CountInk(drawn.Crop(6 + 24, 0, drawn.Width - 6 - 24, drawn.Height)));
    }

    [Fact]
    public void ToPng_Sheet_IsThePictureDrawn()
    {
        var sheet = new ContactSheet();
        sheet.AddRow("one", [Flat(5, 7)], ["a"]);
        Assert.Equal(sheet.Draw().Samples, ImageFile.Decode(sheet.ToPng()).Samples);
    }

    [Fact]
    public void AddRow_LabelsThatDoNotMatch_Throws() =>
        Assert.Throws<ArgumentException>(() => new ContactSheet().AddRow("", [Flat(1, 1)], []));

    [Fact]
    public void Draw_NoRow_Throws() => Assert.Throws<InvalidOperationException>(() => new ContactSheet().Draw());

    [Theory]
    [InlineData(7)]
    [InlineData(1025)]
    public void Constructor_CellOutsideTheRange_Throws(int side) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ContactSheet(side));

    private static Raster Flat(int width, int height, byte level = 77)
    {
        var samples = new byte[width * height];
        Array.Fill(samples, level);
        return new Raster(width, height, 1, samples);
    }

    private static int CountInk(Raster image) => image.Samples.Length / 3 - Count(image, 255, 255, 255);

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
