using Codec.Entropy;
using Codec.Errors;
using Codec.Images;
using Codec.Models;

namespace Codec.Trainer.Models;

/// <summary>What a model is put together from.</summary>
internal sealed record ModelParts
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>Shape and scaling of the images that go in.</summary>
    public required ImageGeometry Input { get; init; }

    /// <summary>K.</summary>
    public required int Latents { get; init; }

    /// <summary>The encoder's graph.</summary>
    public required byte[] Encoder { get; init; }

    /// <summary>The heads' graphs.</summary>
    public required IReadOnlyList<HeadGraph> Heads { get; init; }

    /// <summary>One for each quality, from the fewest bytes to the most.</summary>
    public required IReadOnlyList<QualityEntry> Qualities { get; init; }

    /// <summary>The prior of all qualities.</summary>
    public required Prior Prior { get; init; }

    /// <summary>For images of any size; null where all have the input's.</summary>
    public GridEntry? Grid { get; init; }

    /// <summary>Size of the golden image; the input's where it is left out.</summary>
    public ImageSize? GoldenSize { get; init; }

    /// <summary>Raw samples of an image for whoever loads the model to check itself against.</summary>
    public required byte[] GoldenImage { get; init; }

    /// <summary>Where the model comes from.</summary>
    public required IReadOnlyDictionary<string, string> Provenance { get; init; }

    /// <summary>Puts the model together, and encodes the golden image at the middle quality.</summary>
    /// <exception cref="InvalidModelException">The parts do not fit together.</exception>
    public ModelPackage Assemble()
    {
        byte[] prior = Prior.ToBlob();
        ImageSize goldenSize = GoldenSize ?? Input.Size;
        ReadOnlyMemory<byte>[] blobs =
        [
            Encoder,
            prior,
            GoldenImage,
            .. Heads.SelectMany(head => head.Filter is null ? [head.Graph] : new ReadOnlyMemory<byte>[] { head.Graph, head.Filter }),
        ];
        Dictionary<Digest, ReadOnlyMemory<byte>> byDigest = blobs
            .DistinctBy(blob => Digest.Of(blob.Span))
            .ToDictionary(blob => Digest.Of(blob.Span));
        int goldenQuality = Qualities.Count / 2;
        var manifest = new ModelManifest
        {
            Format = ModelManifest.CurrentFormat,
            Name = Name,
            Input = Input,
            Latents = Latents,
            Grid = Grid,
            Qualities = Qualities,
            Encoder = Entry(Encoder),
            Heads =
            [
                .. Heads.Select(head => new HeadEntry(
                    head.Name,
                    Entry(head.Graph),
                    head.Output,
                    head.Filter is null ? null : Entry(head.Filter)
                )),
            ],
            Prior = Entry(prior),
            // A code of nothing, but of the right size.
            Golden = new GoldenEntry(Entry(GoldenImage), goldenQuality, new[] { (byte)goldenSize.Width, (byte)goldenSize.Height, (byte)0 }),
            Provenance = Provenance,
        };

        // The golden code needs the model, and the model's name the golden code: encode with a first draft.
        using CodecModel draft = CodecModel.Load(new ModelPackage(manifest.ToJson(), byDigest));
        manifest = manifest with
        {
            Golden = manifest.Golden with { Code = draft.Encode(GoldenImage, goldenSize.Width, goldenSize.Height, goldenQuality) },
        };
        return new ModelPackage(manifest.ToJson(), byDigest);
    }

    private static BlobEntry Entry(byte[] bytes) => new(Digest.Of(bytes), bytes.Length);
}

/// <summary>A head's graph.</summary>
/// <param name="Name">The head's name.</param>
/// <param name="Graph">The ONNX file's bytes.</param>
/// <param name="Output">Shape and scaling of what comes out.</param>
/// <param name="Filter">The blob of the post-filter that the image goes through at the end; only of a model for images of any size.</param>
internal sealed record HeadGraph(string Name, byte[] Graph, ImageGeometry Output, byte[]? Filter = null);
