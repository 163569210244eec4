using Codec.Bench.Pictures;
using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using Spectre.Console;

namespace Bench.Tests.Pictures;

public sealed class PictureFolderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(100, 60, 50, 50, 30)]
    [InlineData(60, 100, 50, 30, 50)]
    [InlineData(1000, 1, 50, 50, 1)]
    [InlineData(50, 50, 50, 50, 50)]
    [InlineData(20, 10, 50, 20, 10)]
    public void Read_Picture_FitsTheLongestSide(int width, int height, int longest, int expectedWidth, int expectedHeight)
    {
        Save("a.png", Images.Waves(width, height));
        LabeledImage picture = Assert.Single(Read(longest, 5));
        Assert.Equal((expectedWidth, expectedHeight), (picture.Image.Width, picture.Image.Height));
    }

    [Fact]
    public void Read_ManyPicturesAndABadOne_TakesTheFirstAndPassesOverTheBad()
    {
        for (int i = 1; i <= 4; i++)
            Save($"{i}.png", Images.Waves(8, 8));
        File.WriteAllBytes(_folder.File("0.png"), [1, 2, 3]);
        Assert.Equal(["1.png", "2.png", "3.png"], Read(50, 3).Select(picture => picture.Id));
    }

    private void Save(string name, Raster image) => File.WriteAllBytes(_folder.File(name), ImageFile.EncodePng(image));

    private IReadOnlyList<LabeledImage> Read(int longest, int most) =>
        PictureFolder.Read(
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }),
            _folder.Path,
            longest,
            most,
            TestContext.Current.CancellationToken
        );
}
