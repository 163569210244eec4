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
        LabeledImage image = Assert.Single(new FolderSource(_folder.Path, (2, 2)).All());
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
    public void Read_StrictAndAnImageThatCannotBeRead_NamesIt()
    {
        _folder.Write("good.jpg", TestArchives.Photo(30));
        _folder.Write("inner/bad.jpg", TestArchives.Photo(30)[..^80]);
        Assert.Contains("inner/bad.jpg", new FolderSource(_folder.Path, strict: true).Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileOverTheLimit_IsSkippedUnread()
    {
        _folder.Write("large.jpg", new byte[1001]);
        Assert.Contains(
            "1,001 bytes",
            new FolderSource(_folder.Path, limits: new ImageLimits { MaxFileBytes = 1000 }).Fails(),
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
    public void Read_MoreImagesThanTheWindow_KeepsTheirOrder()
    {
        for (int i = 0; i < 200; i++)
            _folder.Write($"{i:D3}.png", ImageFile.EncodePng(new Raster(1, 1, 1, [(byte)i])));
        Assert.Equal(Enumerable.Range(0, 200), new FolderSource(_folder.Path).All().Select(image => (int)image.Image.Samples[0]));
    }
}
