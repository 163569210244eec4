using Codec.Images;
using Codec.Models;

namespace Codec.Tests.Models;

/// <summary>Creates small valid manifests and blobs, for tests to modify.</summary>
internal static class TestManifests
{
    private static readonly ImageGeometry Geometry = new(4, 2, 3, 1 / 255f, -0.5f);

    public static ReadOnlyMemory<byte> Image { get; } = Enumerable.Range(0, 24).Select(i => (byte)(i * 10)).ToArray();

    public static BlobEntry Entry(ReadOnlyMemory<byte> bytes) => new(Digest.Of(bytes.Span), bytes.Length);

    public static ModelManifest Create(ReadOnlyMemory<byte> encoder, ReadOnlyMemory<byte> decoder, ReadOnlyMemory<byte> prior) =>
        new()
        {
            Format = ModelManifest.CurrentFormat,
            Name = "small-2",
            Input = Geometry,
            Latents = 8,
            Qualities = [new QualityEntry(1f, 0.1f), new QualityEntry(0.25f, 0f)],
            Encoder = Entry(encoder),
            Heads = [new HeadEntry(ModelManifest.ImageHead, Entry(decoder), Geometry)],
            Prior = Entry(prior),
            Golden = new GoldenEntry(Entry(Image), 1, new byte[] { 1, 2, 3 }),
            Provenance = new Dictionary<string, string> { ["data set"] = "none" },
        };

    /// <summary>Creates the manifest of a grid model: windows of 16×16, 8 pixels apart, and a golden image of 20×10.</summary>
    public static ModelManifest Grid()
    {
        ImageGeometry window = Geometry with { Width = 16, Height = 16 };
        ModelManifest manifest = Create(new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 });
        return manifest with
        {
            Input = window,
            Grid = new GridEntry(8, 1),
            Heads = [manifest.Heads[0] with { Output = window }],
            Golden = new GoldenEntry(Entry(new byte[20 * 10 * 3]), 1, new byte[] { 20, 10, 1 }),
        };
    }

    public static ModelPackage Package()
    {
        ReadOnlyMemory<byte> encoder = new byte[] { 1 },
            decoder = new byte[] { 2, 2 },
            prior = new byte[] { 3, 3, 3 };
        ReadOnlyMemory<byte>[] blobs = [encoder, decoder, prior, Image];
        return new ModelPackage(Create(encoder, decoder, prior).ToJson(), blobs.ToDictionary(blob => Digest.Of(blob.Span)));
    }
}
