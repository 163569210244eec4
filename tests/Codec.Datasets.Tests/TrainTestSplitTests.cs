using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Codec.Datasets.Tests;

/// <summary>The expected values are NumPy 1.24's: <c>numpy.random.RandomState(42).permutation(n)</c>.</summary>
public sealed class TrainTestSplitTests
{
    [Fact]
    public void Of_TenImages_IsNumPysPermutation()
    {
        TrainTestSplit split = TrainTestSplit.Of(10);
        Assert.Equal([8], split.Test);
        Assert.Equal([1, 5, 0, 7, 2, 9, 4, 3, 6], split.Train);
    }

    [Fact]
    public void Of_LabeledFacesInTheWild_IsNumPysPermutation()
    {
        TrainTestSplit split = TrainTestSplit.Of(13_233);
        Assert.Equal(1_324, split.Test.Length);
        Assert.Equal(11_909, split.Train.Length);
        Assert.Equal([12149, 8355, 9040, 63, 9311, 1061, 6606, 8877, 12559, 8374], split.Test[..10]);
        Assert.Equal([4426, 466, 6265, 5734, 11284, 11964, 5191, 5390, 860, 7270], split.Train[^10..]);
    }

    [Theory]
    [InlineData(10, "90c74f539aaa1b17dfa92cbf8f743099f481b404bff24cd56c582649a368963b")]
    [InlineData(1_000, "d32ced5c0422023ce691deb5e01cffb97c930477895f4e9ece52baee57804c62")]
    [InlineData(13_233, "9276fea429025fae832508e8c58a1b81a1849b3866562fa4e91a5332446096c2")]
    public void Of_ManyImages_HasTheDigestOfNumPysPermutation(int count, string sha256)
    {
        TrainTestSplit split = TrainTestSplit.Of(count);
        int[] order = [.. split.Test, .. split.Train];
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<int>(order))));
    }

    // train_test_split(range(7), test_size=0.3, random_state=1) of scikit-learn: ceil(2.1) = 3 are test.
    [Fact]
    public void Of_AnotherFractionAndSeed_IsScikitLearns()
    {
        TrainTestSplit split = TrainTestSplit.Of(7, 0.3, 1);
        Assert.Equal([6, 2, 1], split.Test);
        Assert.Equal([0, 4, 3, 5], split.Train);
    }

    [Theory]
    [InlineData(1, 0.1)]
    [InlineData(10, 0.0)]
    [InlineData(10, 1.0)]
    [InlineData(10, 0.95)]
    [InlineData(10, double.NaN)]
    public void Of_OneSideEmpty_Throws(int count, double testFraction) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TrainTestSplit.Of(count, testFraction));

    [Fact]
    public void ByLabel_Labels_AreNeverOnBothSides()
    {
        string[] labels = [.. Enumerable.Range(0, 500).Select(i => $"person {i * i % 83}")];
        TrainTestSplit split = TrainTestSplit.ByLabel(labels, 0.2);
        Assert.Equal(Enumerable.Range(0, 500), split.Train.Concat(split.Test).Order());
        Assert.Empty(split.Train.Select(i => labels[i]).Intersect(split.Test.Select(i => labels[i])));
        Assert.InRange(split.Test.Length, 100, 100 + labels.GroupBy(label => label).Max(group => group.Count()) - 1);
    }

    [Fact]
    public void ByLabel_ImagesInAnotherOrder_HoldsOutTheSamePeople()
    {
        string[] labels = ["b", "a", "c", "a", "d", "b", "e", "c"];
        string[] reversed = [.. labels.Reverse()];
        string[] people = [.. TrainTestSplit.ByLabel(labels, 0.3).Test.Select(i => labels[i]).Distinct()];
        Assert.Equal(people, TrainTestSplit.ByLabel(reversed, 0.3).Test.Select(i => reversed[i]).Distinct());
    }

    [Fact]
    public void ByLabel_OneLabelEach_IsTheSplitByImage()
    {
        string[] labels = [.. Enumerable.Range(0, 10).Select(i => $"{i}")];
        Assert.Equal(TrainTestSplit.Of(10).Test, TrainTestSplit.ByLabel(labels).Test);
        Assert.Equal(TrainTestSplit.Of(10).Train, TrainTestSplit.ByLabel(labels).Train);
    }

    [Fact]
    public void ByLabel_OneLabelForAll_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TrainTestSplit.ByLabel(["a", "a", "a"]));
}
