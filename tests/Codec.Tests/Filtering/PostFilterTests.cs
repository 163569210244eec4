using Codec.Errors;
using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;

namespace Codec.Tests.Filtering;

public sealed class PostFilterTests
{
    private static readonly PostFilter Strong = new(RandomTables(new Random(3)));

    // A filter of version 2, whose rows of colour are not orthonormal.
    private static readonly PostFilter OfAllPlanes = new(
        Strong.Tables with
        {
            Colours = [1, 1, 1, 0, 1, 0, 0, 0, 1],
            Analysis = [1, 0, 0, -1, 1, 0, -1, 0, 1],
        }
    );

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
        foreach (PostFilter filter in new[] { Strong, OfAllPlanes })
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
        PostFilter filter = PostFilter.Parse(UpTo(0, contrast: 60).ToBlob());
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
        PostFilter filter = UpTo(0, contrast: 60);
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
        FilterTables tables = OfAllPlanes.Tables;
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
        PostFilter sized = UpTo(400);
        Assert.Equal((3, ModelManifest.SizedFilterFormat), (sized.Version, sized.LeastFormat));
        Assert.True(sized.Changes(1, 400));
        Assert.False(sized.Changes(1, 401));
        Assert.True(sized.Changes(0, long.MaxValue >> 32), "the first quality is for all sizes");
        byte[] blob = sized.ToBlob();
        Assert.Equal(blob, PostFilter.Parse(blob).ToBlob());
        Assert.Equal(400u, PostFilter.Parse(blob).Tables.Qualities[1].Pixels);
        Assert.True(UpTo(400, contrast: 90).Changes(1, 401), "blocks of the contrast are filtered");
        Assert.Equal(FilterQuality.AnySize, PostFilter.Parse(blob).Tables.Qualities[0].Pixels);
    }

    [Fact]
    public void Write_NoWeights_LeavesThePixels()
    {
        FilterTables tables = Strong.Tables;
        var idle = new PostFilter(
            tables with
            {
                Qualities = [.. tables.Qualities.Select(quality => quality with { Weights = new float[quality.Weights.Length] })],
            }
        );
        float[] planes = Planes(20, 20);
        Assert.Equal(planes, Run(idle, planes, 20, 20, SimdPath.Scalar));
    }

    [Fact]
    public void Parse_ItsOwnBlob_GivesTheSameTables()
    {
        byte[] blob = Strong.ToBlob(),
            ofAllPlanes = OfAllPlanes.ToBlob();
        Assert.Equal(ofAllPlanes, PostFilter.Parse(ofAllPlanes).ToBlob());
        Assert.Equal(blob, PostFilter.Parse(blob).ToBlob());
        for (int length = 0; length < blob.Length; length += 7)
            Assert.Equal("filter", Assert.Throws<InvalidModelException>(() => PostFilter.Parse(blob.AsSpan(0, length))).Field);
        Assert.Throws<InvalidModelException>(() => PostFilter.Parse([.. blob, 0]));
    }

    [Fact]
    public void Parse_DamagedBlobs_ThrowOnlyTheDocumentedException()
    {
        foreach (byte[] blob in new[] { SmallGrid.Filter(qualities: 2), SmallGridFilter(400) })
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

    /// <summary>
    /// A filter whose second quality is for images of at most some pixels, and for blocks of larger ones that have a contrast.
    /// </summary>
    private static PostFilter UpTo(uint pixels, float contrast = FilterQuality.NoContrast) =>
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

    [Fact]
    public void Create_ValuesOutsideTheirRange_AreRefused()
    {
        FilterTables good = Strong.Tables;
        FilterQuality quality = good.Qualities[0];
        FilterTables[] bad =
        [
            good with
            {
                Colours = [1, 0, 0, 0, 1, 0, 0, 1, 0],
            },
            OfAllPlanes.Tables with
            {
                Analysis = [1, 0, 0, -1, 1, 0, -1, 0, 2],
            },
            OfAllPlanes.Tables with
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
            OfAllPlanes.Tables with
            {
                Qualities = [OfAllPlanes.Tables.Qualities[0] with { Contrast = -1 }],
            },
            OfAllPlanes.Tables with
            {
                Qualities = [OfAllPlanes.Tables.Qualities[0] with { Contrast = float.PositiveInfinity }],
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

    [Fact]
    public void Load_AFilterOfAnotherNumberOfQualities_IsRefused() => AssertRefused(SmallGrid.Filter(qualities: 3), format: 2, "qualities");

    [Fact]
    public void Load_AFilterOfVersion2InFormat1_IsRefused() =>
        AssertRefused(SmallGridFilter(FilterQuality.AnySize), format: 1, "version 2, which needs format 2");

    [Fact]
    public void Load_AFilterOfSmallImagesInFormat3_IsRefused() =>
        AssertRefused(SmallGridFilter(1), format: 3, "version 3, which needs format 4");

    [Fact]
    public void Decode_AFilterOfSmallImages_FiltersNoLargerOnes()
    {
        const int Width = 40,
            Height = 30;
        byte[] image = SmallGrid.Image(Width, Height, seed: 5);
        Raster never = Decoded(0);
        Assert.Equal(Decoded(FilterQuality.AnySize - 1).Samples, Decoded(Width * Height).Samples);
        Assert.NotEqual(never.Samples, Decoded(Width * Height).Samples);
        Assert.Equal(never.Samples, Decoded(Width * Height - 1).Samples);

        Raster Decoded(uint pixels)
        {
            using CodecModel model = CodecModel.Load(With(SmallGridFilter(pixels), ModelManifest.SizedFilterFormat));
            return model.Decode(model.Encode(image, Width, Height, quality: 1), quality: 1);
        }
    }

    /// <summary>The filter of <see cref="SmallGrid"/>, measured on all planes, for images of at most some pixels.</summary>
    private static byte[] SmallGridFilter(uint pixels)
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

    /// <summary><see cref="SmallGrid"/> with another filter.</summary>
    private static ModelPackage With(byte[] filter, int format)
    {
        ModelPackage package = SmallGrid.Create();
        var entry = new BlobEntry(Digest.Of(filter), filter.Length);
        ModelManifest manifest = package.Manifest with { Format = format, Heads = [package.Manifest.Heads[0] with { Filter = entry }] };
        Dictionary<Digest, ReadOnlyMemory<byte>> blobs = manifest.Blobs.ToDictionary(
            blob => blob.Digest,
            blob => blob == entry ? filter : package.Blobs[blob.Digest]
        );
        return new ModelPackage(manifest.ToJson(), blobs);
    }

    private static void AssertRefused(byte[] filter, int format, string words)
    {
        InvalidModelException refusal = Assert.Throws<InvalidModelException>(() => CodecModel.Load(With(filter, format)));
        Assert.Equal("filter", refusal.Field);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AFilterOfAModelOfOneSize_IsRefused()
    {
        ModelManifest single = SmallModel.Create().Manifest;
        HeadEntry head = single.Heads[0] with { Filter = single.Prior };
        Assert.Equal("heads[0].filter", Assert.Throws<InvalidModelException>(() => (single with { Heads = [head] }).ToJson()).Field);
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
