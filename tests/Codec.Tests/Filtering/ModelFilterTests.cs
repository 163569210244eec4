using Codec.Errors;
using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests.Filtering;

/// <summary>Filters of models: which a model may have, and what decoding does with them.</summary>
public sealed class ModelFilterTests
{
    [Fact]
    public void Load_AFilterOfAnotherNumberOfQualities_IsRefused() => AssertRefused(SmallGrid.Filter(qualities: 3), format: 2, "qualities");

    [Fact]
    public void Load_AFilterOfVersion2InFormat1_IsRefused() =>
        AssertRefused(TestFilters.OfSmallGrid(FilterQuality.AnySize), format: 1, "version 2, which needs format 2");

    [Fact]
    public void Load_AFilterOfSmallImagesInFormat3_IsRefused() =>
        AssertRefused(TestFilters.OfSmallGrid(1), format: 3, "version 3, which needs format 4");

    [Fact]
    public void Parse_AFilterOfAModelOfOneSize_IsRefused()
    {
        ModelManifest single = SmallModel.Create().Manifest;
        HeadEntry head = single.Heads[0] with { Filter = single.Prior };
        Assert.Equal("heads[0].filter", Assert.Throws<InvalidModelException>(() => (single with { Heads = [head] }).ToJson()).Field);
    }

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
            using CodecModel model = CodecModel.Load(With(TestFilters.OfSmallGrid(pixels), ModelManifest.SizedFilterFormat));
            return model.Decode(model.Encode(image, Width, Height, quality: 1), quality: 1);
        }
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
}
