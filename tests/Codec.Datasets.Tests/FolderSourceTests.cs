using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;

namespace Codec.Datasets.Tests;

public sealed class FolderSourceTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_FoldersInFolders_ReturnsTheirImagesInTheOrderOfTheirPaths()
    {
        _folder.Write("b.jpg", TestArchives.Photo(30));
        _folder.Write("a/2.PNG", ImageFile.EncodePng(new Raster(1, 1, 1, [20])));
        _folder.Write("a/b/1.webp", ImageFile.EncodeWebp(new Raster(1, 1, 3, [10, 10, 10]), 100));
        _folder.Write("a/notes.txt", "no readable image");

        LabeledImage[] images = new FolderSource(_folder.Path).All();
        Assert.Equal(["a/2.PNG", "a/b/1.webp", "b.jpg"], images.Select(image => image.Id));
        Assert.Equal(["a", "b", ""], images.Select(image => image.Label));
        Assert.All(images, image => Assert.Equal(3, image.Image.Channels));
    }

    [Fact]
    public void Read_SizeGiven_CutsAndResizesToIt()
    {
        _folder.Write("wide.png", ImageFile.EncodePng(new Raster(6, 2, 1, [1, 1, 2, 3, 1, 1, 1, 1, 4, 5, 1, 1])));
        LabeledImage image = Assert.Single(new FolderSource(_folder.Path, new FolderOptions { Size = new ImageSize(2, 2) }).All());
        Assert.Equal([2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5], image.Image.Samples);
    }

    [Fact]
    public void Read_ImageThatCannotBeRead_IsSkippedWithTheReason()
    {
        _folder.Write("good.jpg", TestArchives.Photo(30));
        _folder.Write("bad.jpg", TestArchives.Photo(30)[..^80]);
        _folder.Write("empty.png", "");
        _folder.Write("text.webp", "no readable image");

        var source = new FolderSource(_folder.Path);
        Assert.Equal(["good.jpg"], source.All().Select(image => image.Id));
        Assert.Equal(
            ["bad.jpg", "empty.png", "text.webp"],
            source.Skipped.Select(reason => reason[..reason.IndexOf(':', StringComparison.Ordinal)])
        );
    }

    [Fact]
    public void Read_Spread_BeginsWithASampleOfTheWholeFolder()
    {
        for (int i = 0; i < 40; i++)
            _folder.Write($"{(char)('a' + i / 10)}/{i}.png", ImageFile.EncodePng(new Raster(1, 1, 1, [(byte)i])));
        string[] few = Ids();
        Assert.Equal(["a", "b", "c", "d"], few.Take(10).Select(id => id[..1]).Distinct().Order());
        // Files that are added come between the others, whose order stays.
        _folder.Write("0/new.png", ImageFile.EncodePng(new Raster(1, 1, 1, [200])));
        Assert.Equal(few, Ids().Where(id => id != "0/new.png"));

        string[] Ids() => [.. new FolderSource(_folder.Path, new FolderOptions { Spread = true }).All().Select(image => image.Id)];
    }

    [Fact]
    public void Read_StrictAndAnImageThatCannotBeRead_NamesIt()
    {
        _folder.Write("good.jpg", TestArchives.Photo(30));
        _folder.Write("inner/bad.jpg", TestArchives.Photo(30)[..^80]);
        Assert.Contains(
            "inner/bad.jpg",
            new FolderSource(_folder.Path, new FolderOptions { Strict = true }).Fails(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_FileOverTheLimit_IsSkippedUnread()
    {
        _folder.Write("large.jpg", new byte[1001]);
        Assert.Contains(
            "1,001 bytes",
            new FolderSource(_folder.Path, new FolderOptions { Limits = new ImageLimits { MaxFileBytes = 1000 } }).Fails(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_NoImages_Throws() =>
        Assert.Contains("no readable image", new FolderSource(_folder.Path).Fails(), StringComparison.Ordinal);

    [Fact]
    public void Read_NoFolder_Throws() =>
        Assert.Contains("no folder", new FolderSource(Path.Combine(_folder.Path, "none")).Fails(), StringComparison.Ordinal);

    [Fact]
    public void Read_LinkCycle_Ends()
    {
        _folder.Write("in/good.jpg", TestArchives.Photo(30));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "in", "again"), _folder.Path);
        Assert.Single(new FolderSource(_folder.Path).All());
    }

    [Fact]
    public void Read_LinksAndOtherFormats_AreReadOrListed()
    {
        string elsewhere = _folder.Write("elsewhere/photo.jpg", TestArchives.Photo(30));
        // A BMP of 1×1: header of 54 bytes, one row of BGR padded to four bytes.
        byte[] bitmap =
        [
            .. "BM"u8,
            58,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            54,
            0,
            0,
            0,
            40,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            1,
            0,
            24,
            .. new byte[25],
            3,
            2,
            1,
            0,
        ];
        // A GIF of one pixel of colour 0 (9, 8, 7).
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 9, 8, 7, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B];
        _folder.Write("set/a.bmp", bitmap);
        _folder.Write("set/b.gif", gif);
        _folder.Write("set/scan.tiff", "II*");
        _folder.Write("set/notes.txt", "no image");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "set", "c.jpg"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "set", "d"), Path.GetDirectoryName(elsewhere)!);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "set", "lost.png"), Path.Combine(_folder.Path, "nowhere"));

        var source = new FolderSource(Path.Combine(_folder.Path, "set"));
        LabeledImage[] images = source.All();
        Assert.Equal(["a.bmp", "b.gif", "c.jpg", "d/photo.jpg"], images.Select(image => image.Id));
        Assert.Equal([1, 2, 3], images[0].Image.Samples);
        Assert.Equal([9, 8, 7], images[1].Image.Samples);
        Assert.Equal(images[2].Content, images[3].Content);
        Assert.Equal(["lost.png: the link leads nowhere.", "scan.tiff: .tiff files are not read; convert them to PNG."], source.Skipped);
    }

    [Theory]
    [InlineData(FitRule.Crop, new byte[] { 40, 50 })]
    [InlineData(FitRule.Pad, new byte[] { 255, 255, 25, 65, 255, 255 })]
    [InlineData(FitRule.Stretch, new byte[] { 25, 65 })]
    public void Read_FitRule_CropsPadsOrStretches(FitRule rule, byte[] expected)
    {
        // One row of eight grey pixels, brought to two columns of one row, or of three rows.
        _folder.Write("row.png", ImageFile.EncodePng(new Raster(4, 1, 1, [20, 40, 50, 80])));
        var size = new ImageSize(2, expected.Length / 2);
        var options = new FolderOptions
        {
            Size = size,
            Fit = rule,
            Channels = 1,
        };
        byte[] samples = Assert.Single(new FolderSource(_folder.Path, options).All()).Image.Samples;
        Assert.All(expected.Zip(samples), pair => Assert.InRange(pair.Second, pair.First - 8, pair.First + 8));
    }

    [Fact]
    public void Survey_GreyAndColour_CountsSizesAsShown()
    {
        _folder.Write("grey.png", ImageFile.EncodePng(new Raster(4, 3, 1, new byte[12])));
        _folder.Write("colour.png", ImageFile.EncodePng(new Raster(4, 3, 3, [.. Enumerable.Range(0, 36).Select(i => (byte)i)])));
        _folder.Write("small.png", ImageFile.EncodePng(new Raster(1, 1, 1, [7])));
        _folder.Write("broken.png", "no image");
        FolderSurvey survey = new FolderSource(_folder.Path).Survey(TestContext.Current.CancellationToken);
        Assert.Equal((3, 2, 3), (survey.Images, survey.Grey, survey.Channels));
        Assert.Equal((new ImageSize(4, 3), 2), (survey.Commonest, survey.Sizes[survey.Commonest]));
        Assert.StartsWith("broken.png:", Assert.Single(survey.Skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreImagesThanTheWindow_KeepsTheirOrder()
    {
        for (int i = 0; i < 200; i++)
            _folder.Write($"{i:D3}.png", ImageFile.EncodePng(new Raster(1, 1, 1, [(byte)i])));
        Assert.Equal(Enumerable.Range(0, 200), new FolderSource(_folder.Path).All().Select(image => (int)image.Image.Samples[0]));
    }
}
