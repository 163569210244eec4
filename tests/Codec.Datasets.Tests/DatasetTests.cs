using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets.Tests;

public sealed class DatasetTests
{
    [Fact]
    public void Load_TenImages_PacksThemInTheOrderOfTheSplit()
    {
        Dataset dataset = new Greys(10).Split();
        Assert.Equal(("greys", "none"), (dataset.Name, dataset.License));
        Assert.Equal(["8"], dataset.Test.Ids);
        Assert.Equal([1, 5, 0, 7, 2, 9, 4, 3, 6], dataset.Train.Ids.Select(int.Parse));
        Assert.Equal([1, 1, 5, 5, 0, 0], dataset.Train.ReadAll()[..6]);
        Assert.Equal([7, 7], dataset.Train[3].ToArray());
        Assert.Equal([7, 7], dataset.Train.Image(3).Samples);
        Assert.Equal(
            (9, 2, 1, 1, 2),
            (dataset.Train.Count, dataset.Train.Width, dataset.Train.Height, dataset.Train.Channels, dataset.Train.ImageLength)
        );
        Assert.Null(dataset.Train.Masks);
    }

    [Fact]
    public void Load_SetWithItsOwnSplit_KeepsIt()
    {
        Dataset dataset = new Greys(10) { HeldOut = 3 }.Split();
        Assert.Equal([7, 8, 9], dataset.Test.Ids.Select(int.Parse));
        Assert.Equal(Enumerable.Range(0, 7), dataset.Train.Ids.Select(int.Parse));
    }

    [Fact]
    public void Load_SplitByLabel_HoldsOutWholeLabels()
    {
        Dataset dataset = Dataset.Load(
            new Greys(10) { Labels = 3 },
            splitBy: SplitBy.Label,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Single(dataset.Test.Labels.Distinct());
        Assert.DoesNotContain(dataset.Test.Labels[0], dataset.Train.Labels);
        Assert.Equal(10, dataset.Train.Count + dataset.Test.Count);
    }

    [Fact]
    public void Load_ImagesOfSeveralSizes_NamesTheFirstThatDiffers()
    {
        var exception = Assert.Throws<DatasetException>(() => new Greys(10) { Odd = 4 }.Split());
        Assert.Contains("4 has 3×1×1, 0 has 2×1×1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OneImage_Throws() => Assert.Throws<DatasetException>(() => new Greys(1).Split());

    private sealed class Greys(int count) : IDataSource
    {
        public string Name => "greys";

        public string License => "none";

        public int HeldOut { get; init; }

        public bool IsFixed { get; init; } = true;

        public int Odd { get; init; } = -1;

        public int Labels { get; init; } = 1;

        public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < count; i++)
            {
                var samples = new byte[i == Odd ? 3 : 2];
                Array.Fill(samples, (byte)i);
                yield return new LabeledImage($"{i}", $"grey {i % Labels}", new Raster(samples.Length, 1, 1, samples));
            }
        }
    }
}
