using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Datasets.Tests;

/// <summary>Folders grow, and contain copies: what was held out stays held out.</summary>
public sealed class HashSplitTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ImagesAdded_MovesNoImageToAnotherSide()
    {
        for (int i = 0; i < 60; i++)
            Write($"{i:D3}.png", i);
        Dataset before = Load();
        for (int i = 60; i < 90; i++)
            Write($"{i % 7}-{i}.png", i);
        File.Delete(Path.Combine(_folder.Path, before.Train.Ids[0]));
        Dataset after = Load();

        Assert.Equal(before.Rule, after.Rule);
        foreach ((ImageSet old, ImageSet now) in Sides(before).Zip(Sides(after)))
        {
            Assert.NotEmpty(old.Ids);
            Assert.Subset(now.Contents.ToHashSet(), old.Contents.Where(content => content != before.Train.Contents[0]).ToHashSet());
        }

        Assert.NotEqual(before.Digest, after.Digest);
    }

    [Fact]
    public void Load_Copies_AreOnOneSide()
    {
        for (int i = 0; i < 40; i++)
        {
            Write($"a/{i}.png", i);
            Write($"b/copy of {i}.png", i);
        }

        Dataset images = Load();
        Assert.Equal(80, Sides(images).Sum(side => side.Count));
        Assert.Equal(40, Sides(images).Sum(side => side.Contents.Distinct().Count()));
        // By label, two folders contain every image: of equal images, those on the side of training count there alone.
        for (int i = 0; i < 40; i++)
            Write($"c/{i + 100}.png", i + 100);
        Dataset people = Load(SplitBy.Label);
        Assert.Empty(people.Train.Contents.Intersect(people.Test.Contents));
        Assert.Empty(people.Train.Labels.Intersect(people.Test.Labels));
    }

    [Fact]
    public void Load_ThreeImages_HasEveryPart()
    {
        for (int i = 0; i < 3; i++)
            Write($"{i}.png", i);
        Dataset images = Load();
        Assert.All(Sides(images), side => Assert.Equal(1, side.Count));
        // The rule that was used, and is recorded, holds out the same image.
        var split = new HashSplit(SplitRule.Parse($"{images.Rule}")!);
        Assert.Equal(DataSide.Test, split.SideOf(images.Test.Contents[0], ""));
        Assert.Equal(DataSide.Validation, split.SideOf(images.Validation.Contents[0], ""));
        Assert.Equal(DataSide.Train, split.SideOf(images.Train.Contents[0], ""));
        File.Delete(Path.Combine(_folder.Path, "2.png"));
        Assert.Contains("at least 3", Assert.Throws<DatasetException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FoldersWithACommonImage_NamesIt()
    {
        Write("train/1.png", 1);
        Write("train/2.png", 2);
        Write("test/3.png", 3);
        Dataset images = LoadFolders();
        Assert.Equal((SplitKind.Folders, 2, 1), (images.Rule.Kind, images.Train.Count, images.Test.Count));
        Write("test/copy.png", 2);
        Assert.Contains(
            "copy.png is the same image as 2.png",
            Assert.Throws<DatasetException>(() => LoadFolders()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void SampleStore_MoreThanItsMemory_ReadsTheRestFromDisk()
    {
        var store = new SampleStore(imageLength: 1000, memory: 10_500);
        for (int i = 0; i < 25; i++)
            store.Add([.. Enumerable.Repeat((byte)i, 1000)]);
        var copy = new byte[1000];
        foreach (int place in new[] { 24, 0, 9, 10, 11, 3 })
        {
            store.Read(place, copy);
            Assert.True(store.Get(place).SequenceEqual(copy));
            Assert.Equal((place, place), (copy[0], copy[999]));
        }
    }

    [Fact]
    public void ImageSet_MoreSamplesThanAnArrayHolds_CountsAndReadsThemOneByOne()
    {
        var shape = new ImageShape(128, 128, 3);
        var store = new SampleStore(shape.Samples);
        store.Add([.. Enumerable.Repeat((byte)7, shape.Samples)]);
        var many = new ImageSet(shape, store, [new ImageNote("one", "", Digest.Of([1]), null, null)], new int[50_000]);
        Assert.Equal((50_000, 7), (many.Count, many[49_999][^1]));
        Assert.Contains("50,000 images of 128×128×3", Assert.Throws<DatasetException>(many.ReadAll).Message, StringComparison.Ordinal);
    }

    private static ImageSet[] Sides(Dataset images) => [images.Train, images.Validation, images.Test];

    private Dataset Load(SplitBy by = SplitBy.Image) =>
        Dataset.Load(new FolderSource(_folder.Path), by, cancellationToken: TestContext.Current.CancellationToken);

    private Dataset LoadFolders() =>
        Dataset.Load(
            new FolderSource(Path.Combine(_folder.Path, "train")),
            validation: null,
            new FolderSource(Path.Combine(_folder.Path, "test")),
            cancellationToken: TestContext.Current.CancellationToken
        );

    private void Write(string name, int number) =>
        _folder.Write(name, ImageFile.EncodePng(new Raster(2, 1, 1, [(byte)number, (byte)(255 - number)])));
}
