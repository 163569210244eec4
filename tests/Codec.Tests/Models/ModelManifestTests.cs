using System.Text;
using Codec.Errors;
using Codec.Models;

namespace Codec.Tests.Models;

public sealed class ModelManifestTests
{
    private static readonly string Json = Encoding.UTF8.GetString(TestManifests.Package().ManifestBytes.Span);

    [Fact]
    public void Parse_ItsOwnJson_GivesTheSameBytes()
    {
        ModelManifest manifest = ModelManifest.Parse(Encoding.UTF8.GetBytes(Json));
        Assert.Equal(Json, Encoding.UTF8.GetString(manifest.ToJson()));
        Assert.Equal(4, manifest.Blobs.Count());
        Assert.Equal(24, manifest.GetHead("image").Output.Samples);
    }

    [Theory]
    [InlineData("\"format\": 5", "\"format\": 6", "format")]
    [InlineData("\"format\": 5", "\"format\": 0", "format")]
    [InlineData("\"name\": \"small-2\"", "\"name\": \"Small\"", "name")]
    [InlineData("\"name\": \"small-2\"", "\"name\": \"\"", "name")]
    [InlineData("\"name\": \"small-2\"", "\"name\": null", "manifest")]
    [InlineData("\"width\": 4", "\"width\": 0", "input.width")]
    [InlineData("\"width\": 4", "\"width\": 2147483647", "input.width")]
    [InlineData("\"height\": 2", "\"height\": -2", "input.height")]
    [InlineData("\"channels\": 3", "\"channels\": 4", "input.channels")]
    [InlineData("\"latents\": 8", "\"latents\": 0", "latents")]
    [InlineData("\"latents\": 8", "\"latents\": 4097", "latents")]
    [InlineData("\"latents\": 8", "\"latents\": 99999999999", "manifest")]
    [InlineData("\"step\": 0.25", "\"step\": 0", "qualities[1].step")]
    [InlineData("\"lambda\": 0.1", "\"lambda\": -1", "qualities[0].lambda")]
    [InlineData("\"name\": \"image\"", "\"name\": \"mask\"", "heads")]
    [InlineData("\"quality\": 1", "\"quality\": 2", "golden.quality")]
    [InlineData("\"size\": 24", "\"size\": 25", "golden.image.size")]
    [InlineData("\"size\": 3", "\"size\": 99999999999", "prior.size")]
    [InlineData("\"provenance\"", "\"surprise\"", "manifest")]
    [InlineData("\"code\": \"AQID\"", "\"code\": \"?\"", "manifest")]
    public void Parse_OneValueOutOfRange_NamesIt(string from, string to, string field)
    {
        Assert.Contains(from, Json, StringComparison.Ordinal);
        var exception = Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(Encoding.UTF8.GetBytes(Json.Replace(from, to, StringComparison.Ordinal)))
        );
        Assert.Equal(field, exception.Field);
    }

    [Fact]
    public void Parse_GridModel_HasAGrid()
    {
        ModelManifest manifest = ModelManifest.Parse(TestManifests.Grid().ToJson());
        Assert.Equal(8, manifest.Grid?.Stride);
        Assert.DoesNotContain("grid", Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"stride\": 8", "\"stride\": 7", "grid.stride")]
    [InlineData("\"stride\": 8", "\"stride\": 9", "grid.stride")]
    [InlineData("\"stride\": 8", "\"stride\": 17", "grid.stride")]
    [InlineData("\"stride\": 8", "\"stride\": -8", "grid.stride")]
    [InlineData("\"stride\": 8", "\"stride\": 8, \"surprise\": 1", "manifest")]
    [InlineData("\"transforms\": 1", "\"transforms\": 0", "grid.transforms")]
    [InlineData("\"transforms\": 1", "\"transforms\": 17", "grid.transforms")]
    [InlineData("\"code\": \"FAoB\"", "\"code\": \"FA==\"", "golden.code")]
    [InlineData("\"code\": \"FAoB\"", "\"code\": \"AAoB\"", "golden.code")]
    [InlineData("\"code\": \"FAoB\"", "\"code\": \"gQgKAQ==\"", "golden.code")]
    [InlineData("\"code\": \"FAoB\"", "\"code\": \"FAsB\"", "golden.image.size")]
    public void Parse_GridOutOfRange_NamesIt(string from, string to, string field)
    {
        string json = Encoding.UTF8.GetString(TestManifests.Grid().ToJson());
        Assert.Contains(from, json, StringComparison.Ordinal);
        var exception = Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)))
        );
        Assert.Equal(field, exception.Field);
    }

    [Fact]
    public void Parse_StretchBelowItsFormat_NamesIt()
    {
        ModelManifest manifest = TestManifests.Grid();
        manifest = manifest with { Grid = manifest.Grid! with { Stretch = true } };
        string json = Encoding.UTF8.GetString(manifest.ToJson());
        Assert.True(ModelManifest.Parse(Encoding.UTF8.GetBytes(json)).Grid?.Stretch);
        var exception = Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(Encoding.UTF8.GetBytes(json.Replace("\"format\": 5", "\"format\": 4", StringComparison.Ordinal)))
        );
        Assert.Equal("grid.stretch", exception.Field);
    }

    [Theory]
    [InlineData("\"format\": 5", "\"format\": 3", "grid.slices")]
    [InlineData("\"pixels\": 1000", "\"pixels\": -1", "grid.slices.pixels")]
    [InlineData("\"rows\": 40", "\"rows\": 7", "grid.slices.rows")]
    [InlineData("\"rows\": 40", "\"rows\": 8193", "grid.slices.rows")]
    [InlineData("\"pixels\": 1000,", "", "manifest")]
    public void Parse_SlicesOutOfRange_NamesIt(string from, string to, string field)
    {
        ModelManifest manifest = TestManifests.Grid();
        manifest = manifest with { Grid = manifest.Grid! with { Slices = new SliceEntry(1000, 40) } };
        string json = Encoding.UTF8.GetString(manifest.ToJson());
        Assert.Equal(manifest.Grid.Slices, ModelManifest.Parse(Encoding.UTF8.GetBytes(json)).Grid?.Slices);
        Assert.Contains(from, json, StringComparison.Ordinal);
        var exception = Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)))
        );
        Assert.Equal(field, exception.Field);
    }

    [Fact]
    public void ToJson_HeadOfAnotherSizeThanTheWindow_IsRefused()
    {
        ModelManifest manifest = TestManifests.Grid();
        ModelManifest other = manifest with { Heads = [manifest.Heads[0] with { Output = manifest.Input with { Height = 8 } }] };
        Assert.Equal("heads[0].output", Assert.Throws<InvalidModelException>(other.ToJson).Field);
    }

    [Fact]
    public void Parse_DigestNotADigest_Throws()
    {
        string digest = TestManifests.Entry(TestManifests.Image).Digest.Hex;
        Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(Encoding.UTF8.GetBytes(Json.Replace(digest, digest.ToUpperInvariant(), StringComparison.Ordinal)))
        );
        Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(Encoding.UTF8.GetBytes(Json.Replace(digest, digest[1..], StringComparison.Ordinal)))
        );
    }

    [Fact]
    public void Parse_DoubledProperty_Throws() =>
        Assert.Throws<InvalidModelException>(() =>
            ModelManifest.Parse(
                Encoding.UTF8.GetBytes(Json.Replace("\"latents\": 8", "\"latents\": 8, \"latents\": 9", StringComparison.Ordinal))
            )
        );

    [Fact]
    public void Parse_CutOffOrDamaged_GivesOnlyTheDocumentedException()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Json);
        for (int length = 0; length < bytes.Length - 1; length++)
            Assert.Throws<InvalidModelException>(() => ModelManifest.Parse(bytes.AsSpan(0, length)));

        var random = new Random(8);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. bytes];
            for (int i = 0; i <= round % 3; i++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                ModelManifest.Parse(damaged);
            }
            catch (InvalidModelException) { }
        }
    }

    [Fact]
    public void Parse_TooLong_IsRefusedBeforeItIsRead() =>
        Assert.Throws<InvalidModelException>(() => ModelManifest.Parse(new byte[ModelLimits.MaxManifestBytes + 1]));

    [Fact]
    public void GetHead_Unknown_NamesThoseThereAre() =>
        Assert.Contains(
            "image",
            Assert.Throws<ArgumentException>(() => ModelManifest.Parse(Encoding.UTF8.GetBytes(Json)).GetHead("mask")).Message,
            StringComparison.Ordinal
        );
}
