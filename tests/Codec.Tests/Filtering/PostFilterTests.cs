using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;

namespace Codec.Tests.Filtering;

public sealed class PostFilterTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 30)]
    [InlineData(30, 1)]
    [InlineData(3, 9)]
    [InlineData(8, 8)]
    [InlineData(16, 12)]
    [InlineData(17, 23)]
    [InlineData(45, 41)]
    public void Write_EveryPath_GivesWhatTheTextSays(int width, int height)
    {
        float[] planes = Planes(width, height);
        foreach (PostFilter filter in new[] { TestFilters.Strong, TestFilters.OfAllPlanes })
        {
            float[] expected = ReferenceFilter.Run(filter.Tables, 1, planes, width, height);
            foreach (SimdPath path in Enum.GetValues<SimdPath>())
            {
                float[] actual = Run(filter, planes, width, height, path);
                Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First, -0.02f, 0.02f));
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 9)]
    [InlineData(9, 3)]
    [InlineData(17, 23)]
    [InlineData(64, 8)]
    [InlineData(93, 41)]
    public void Write_AFilterOfEdges_GivesWhatTheTextSays(int width, int height)
    {
        float[] planes = Spotted(width, height);
        // Version 3 as a blob, too: its contrast is what it was.
        PostFilter filter = PostFilter.Parse(TestFilters.UpTo(0, contrast: 60).ToBlob());
        float[] expected = ReferenceFilter.Run(filter.Tables, 1, planes, width, height);
        Assert.Equal(width * height == 1, planes.AsSpan().SequenceEqual(expected));
        foreach (SimdPath path in Enum.GetValues<SimdPath>())
        {
            float[] actual = Run(filter, planes, width, height, path);
            Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First, -0.02f, 0.02f));
        }

        if (width == 93)
            Assert.Contains(Enumerable.Range(0, width), x => expected[x] == planes[x]);
    }

    /// <summary>As a thread does that decodes the second part of an image.</summary>
    [Fact]
    public void Write_AFilterOfEdgesFromALine_GivesTheLinesOfTheWholeImage()
    {
        const int Width = 93,
            Height = 61,
            First = 19;
        float[] planes = Spotted(Width, Height);
        PostFilter filter = TestFilters.UpTo(0, contrast: 60);
        float[] whole = Run(filter, planes, Width, Height, SimdPath.Vector256),
            part = Run(filter, planes, Width, Height, SimdPath.Vector256, First);
        for (int plane = 0; plane < 3; plane++)
        {
            Range lines = ((plane * Height + FilterBands.FirstOf(First)) * Width)..((plane + 1) * Height * Width);
            Assert.Equal(whole[lines], part[lines]);
        }
    }

    [Fact]
    public void Changes_APlaneWithoutWeights_IsLeftAsItIs()
    {
        FilterTables tables = TestFilters.OfAllPlanes.Tables;
        // The weights of the first plane, of four taps, are the first eight of every twelve.
        var second = new PostFilter(
            tables with
            {
                Qualities =
                [
                    .. tables.Qualities.Select(quality =>
                        quality with
                        {
                            Weights = [.. quality.Weights.Select((weight, i) => i % 12 < 8 ? 0 : weight)],
                        }
                    ),
                ],
            }
        );
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(plane => second.Tables.Changes(1, plane)));
        Assert.True(second.Changes(1, pixels: 400));
        float[] planes = Planes(20, 20);
        float[] filtered = Run(second, planes, 20, 20, SimdPath.Vector256);
        Assert.Equal(planes[..400], filtered[..400]);
        Assert.NotEqual(planes[400..800], filtered[400..800]);
        Assert.Equal(planes[800..], filtered[800..]);
    }

    [Fact]
    public void Changes_AFilterOfSmallImages_LeavesLargerOnesAsTheyAre()
    {
        PostFilter sized = TestFilters.UpTo(400);
        Assert.Equal((3, ModelManifest.SizedFilterFormat), (sized.Version, sized.LeastFormat));
        Assert.True(sized.Changes(1, 400));
        Assert.False(sized.Changes(1, 401));
        Assert.True(sized.Changes(0, long.MaxValue >> 32), "the first quality is for all sizes");
        byte[] blob = sized.ToBlob();
        Assert.Equal(blob, PostFilter.Parse(blob).ToBlob());
        Assert.Equal(400u, PostFilter.Parse(blob).Tables.Qualities[1].Pixels);
        Assert.True(TestFilters.UpTo(400, contrast: 90).Changes(1, 401), "blocks of the contrast are filtered");
        Assert.Equal(FilterQuality.AnySize, PostFilter.Parse(blob).Tables.Qualities[0].Pixels);
    }

    [Fact]
    public void Write_NoWeights_LeavesThePixels()
    {
        FilterTables tables = TestFilters.Strong.Tables;
        var idle = new PostFilter(
            tables with
            {
                Qualities = [.. tables.Qualities.Select(quality => quality with { Weights = new float[quality.Weights.Length] })],
            }
        );
        float[] planes = Planes(20, 20);
        Assert.Equal(planes, Run(idle, planes, 20, 20, SimdPath.Scalar));
    }

    private static float[] Run(PostFilter filter, float[] planes, int width, int height, SimdPath path, int first = 0)
    {
        var kept = new Kept(width, height, filter.Tables.Planes);
        var lines = new FilteredLines(filter, 1, width, height, path, kept, first);
        for (int y = first; y < height; y++)
            lines.Write(y, planes.AsSpan(y * width), width * height);
        return kept.Planes;
    }

    private static float[] Planes(int width, int height)
    {
        byte[] image = SmallGrid.Image(width, height, seed: 12);
        return
        [
            .. Enumerable.Range(0, 3).SelectMany(plane => Enumerable.Range(0, width * height).Select(i => (float)image[3 * i + plane])),
        ];
    }

    /// <summary>
    /// Planes that are smooth but for a few pixels: some blocks have a contrast of 60, alone and side by side, and others have not.
    /// </summary>
    private static float[] Spotted(int width, int height)
    {
        float[] planes = [.. Planes(width, height).Select(value => value / 64)];
        var random = new Random(width);
        for (int i = 0; i < 1 + width * height / 400; i++)
            planes[random.Next(width * height)] += 90;
        return planes;
    }

    private sealed class Kept(int width, int height, int planes) : ILineSink
    {
        public float[] Planes { get; } = new float[planes * width * height];

        public void Write(int y, ReadOnlySpan<float> lines, int planeLength)
        {
            for (int plane = 0; plane < planes; plane++)
                lines.Slice(plane * planeLength, width).CopyTo(Planes.AsSpan((plane * height + y) * width));
        }
    }
}
