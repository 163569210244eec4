using Codec.Errors;
using Codec.Filtering;
using Codec.Tests.Shared;

namespace Codec.Tests.Filtering;

/// <summary>Filters as blobs, and values that a filter may not have.</summary>
public sealed class FilterBlobTests
{
    [Fact]
    public void Parse_ItsOwnBlob_GivesTheSameTables()
    {
        byte[] blob = TestFilters.Strong.ToBlob(),
            ofAllPlanes = TestFilters.OfAllPlanes.ToBlob();
        Assert.Equal(ofAllPlanes, PostFilter.Parse(ofAllPlanes).ToBlob());
        Assert.Equal(blob, PostFilter.Parse(blob).ToBlob());
        for (int length = 0; length < blob.Length; length += 7)
            Assert.Equal("filter", Assert.Throws<InvalidModelException>(() => PostFilter.Parse(blob.AsSpan(0, length))).Field);
        Assert.Throws<InvalidModelException>(() => PostFilter.Parse([.. blob, 0]));
    }

    [Fact]
    public void Parse_DamagedBlobs_ThrowOnlyTheDocumentedException()
    {
        foreach (byte[] blob in new[] { SmallGrid.Filter(qualities: 2), TestFilters.OfSmallGrid(400) })
        {
            for (int bit = 0; bit < blob.Length * 8; bit++)
            {
                byte[] damaged = [.. blob];
                damaged[bit / 8] ^= (byte)(1 << bit % 8);
                try
                {
                    PostFilter.Parse(damaged);
                }
                catch (InvalidModelException exception)
                {
                    Assert.Equal("filter", exception.Field);
                }
            }
        }
    }

    [Fact]
    public void Create_ValuesOutsideTheirRange_AreRefused()
    {
        FilterTables good = TestFilters.Strong.Tables;
        FilterQuality quality = good.Qualities[0];
        FilterTables[] bad =
        [
            good with
            {
                Colours = [1, 0, 0, 0, 1, 0, 0, 1, 0],
            },
            TestFilters.OfAllPlanes.Tables with
            {
                Analysis = [1, 0, 0, -1, 1, 0, -1, 0, 2],
            },
            TestFilters.OfAllPlanes.Tables with
            {
                Analysis = [1],
            },
            good with
            {
                Nodes = [1, 1],
            },
            // An orthonormal filter has no version with sizes.
            good with
            {
                Qualities = [quality with { Pixels = 1 }, .. good.Qualities[1..]],
            },
            good with
            {
                Nodes = [-1, 1, 2],
            },
            good with
            {
                Taps =
                [
                    [new(0, 5)],
                    [],
                    [],
                ],
            },
            good with
            {
                Taps =
                [
                    [new(0, 0)],
                    [],
                    [],
                ],
            },
            good with
            {
                Taps =
                [
                    [],
                    [],
                ],
            },
            good with
            {
                Qualities = [],
            },
            good with
            {
                Qualities = [quality with { Unit = 0 }],
            },
            TestFilters.OfAllPlanes.Tables with
            {
                Qualities = [TestFilters.OfAllPlanes.Tables.Qualities[0] with { Contrast = -1 }],
            },
            TestFilters.OfAllPlanes.Tables with
            {
                Qualities = [TestFilters.OfAllPlanes.Tables.Qualities[0] with { Contrast = float.PositiveInfinity }],
            },
            good with
            {
                Qualities = [quality with { Clips = [1, 1, float.NaN] }],
            },
            good with
            {
                Qualities = [quality with { Weights = quality.Weights[1..] }],
            },
            good with
            {
                Qualities = [quality with { Weights = [float.PositiveInfinity, .. quality.Weights[1..]] }],
            },
        ];
        Assert.All(bad, tables => Assert.Equal("filter", Assert.Throws<InvalidModelException>(() => new PostFilter(tables)).Field));
    }
}
