using Codec.Filtering;
using Codec.Tests.Shared;

namespace Codec.Tests.Filtering;

/// <summary>Filters that tests use.</summary>
internal static class TestFilters
{
    /// <summary>A filter of version 1.</summary>
    public static readonly PostFilter Strong = new(RandomTables(new Random(3)));

    /// <summary>A filter of version 2, whose rows of colour are not orthonormal.</summary>
    public static readonly PostFilter OfAllPlanes = new(
        Strong.Tables with
        {
            Colours = [1, 1, 1, 0, 1, 0, 0, 0, 1],
            Analysis = [1, 0, 0, -1, 1, 0, -1, 0, 1],
        }
    );

    /// <summary>
    /// A filter whose second quality is for images of at most some pixels, and for blocks of larger ones that have a contrast.
    /// </summary>
    public static PostFilter UpTo(uint pixels, float contrast = FilterQuality.NoContrast) =>
        new(
            OfAllPlanes.Tables with
            {
                Qualities =
                [
                    .. OfAllPlanes.Tables.Qualities.Select(
                        (quality, q) => q == 1 ? quality with { Pixels = pixels, Contrast = contrast } : quality
                    ),
                ],
            }
        );

    /// <summary>The filter of <see cref="SmallGrid"/>, measured on all planes, for images of at most some pixels.</summary>
    public static byte[] OfSmallGrid(uint pixels)
    {
        FilterTables tables = PostFilter.Parse(SmallGrid.Filter(qualities: 2)).Tables;
        return new PostFilter(
            tables with
            {
                Analysis = tables.Colours,
                Qualities = [.. tables.Qualities.Select(quality => quality with { Pixels = pixels })],
            }
        ).ToBlob();
    }

    private static FilterTables RandomTables(Random random)
    {
        FilterTap[][] taps =
        [
            [new(0, 1), new(1, 0), new(3, -4), new(4, 4)],
            [new(0, 2), new(-1, 3)],
            [],
        ];
        float[] nodes = [0.2f, 1.5f, 6];
        FilterQuality Quality() =>
            new(
                20,
                [6, 9, 1],
                [.. Enumerable.Range(0, nodes.Length * PostFilter.Directions * 12).Select(_ => 0.1f * (random.NextSingle() - 0.5f))]
            );
        return new FilterTables([1, 0, 0, 0, 1, 0, 0, 0, 1], null, nodes, taps, [Quality(), Quality()]);
    }
}
