using Codec.Trainer.Priors;

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
    public required IReadOnlyList<QualityDraft> Qualities { get; init; }

    /// <summary>Raw samples of an image for whoever loads the model to check itself against.</summary>
    public required byte[] GoldenImage { get; init; }

    /// <summary>Where the model comes from.</summary>
    public required IReadOnlyDictionary<string, string> Provenance { get; init; }

    /// <summary>Puts the model together, and encodes the golden image at the middle quality.</summary>
    /// <exception cref="InvalidModelException">The parts do not fit together.</exception>
    public ModelPackage Assemble()
    {
        byte[] prior = QualityDraft.ToPrior(Latents, Qualities).ToBlob();
        ReadOnlyMemory<byte>[] blobs = [Encoder, prior, GoldenImage, .. Heads.Select(head => (ReadOnlyMemory<byte>)head.Graph)];
        Dictionary<Digest, ReadOnlyMemory<byte>> byDigest = blobs.DistinctBy(blob => Digest.Of(blob.Span)).ToDictionary(blob => Digest.Of(blob.Span));
        int goldenQuality = Qualities.Count / 2;
        var manifest = new ModelManifest
        {
            Format = ModelManifest.CurrentFormat,
            Name = Name,
            Input = Input,
            Latents = Latents,
            Qualities = [.. Qualities.Select(draft => draft.Entry)],
            Encoder = Entry(Encoder),
            Heads = [.. Heads.Select(head => new HeadEntry(head.Name, Entry(head.Graph), head.Output))],
            Prior = Entry(prior),
            Golden = new GoldenEntry(Entry(GoldenImage), goldenQuality, new byte[] { 0 }),
            Provenance = Provenance,
        };

        // The golden code needs the model, and the model's name the golden code: encode with a first draft.
        using CodecModel draft = CodecModel.Load(new ModelPackage(manifest.ToJson(), byDigest));
        manifest = manifest with { Golden = manifest.Golden with { Code = draft.Encode(GoldenImage, Input.Width, Input.Height, goldenQuality) } };
        return new ModelPackage(manifest.ToJson(), byDigest);
    }

    private static BlobEntry Entry(byte[] bytes) => new(Digest.Of(bytes), bytes.Length);
}

/// <summary>A head's graph.</summary>
/// <param name="Name">The head's name.</param>
/// <param name="Graph">The ONNX file's bytes.</param>
/// <param name="Output">Shape and scaling of what comes out.</param>
internal sealed record HeadGraph(string Name, byte[] Graph, ImageGeometry Output);
