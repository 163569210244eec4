using Codec.Entropy;
using Codec.Errors;
using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Trainer.Models;

/// <summary>The parts of a model.</summary>
internal sealed record ModelParts
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>Shape and scaling of the input images, or of a grid model's windows.</summary>
    public required ImageGeometry Input { get; init; }

    /// <summary>K: the number of latents of an image or a block.</summary>
    public required int Latents { get; init; }

    /// <summary>The encoder's graph.</summary>
    public required byte[] Encoder { get; init; }

    /// <summary>The heads' graphs.</summary>
    public required IReadOnlyList<HeadGraph> Heads { get; init; }

    /// <summary>One for each quality, from the fewest bytes to the most.</summary>
    public required IReadOnlyList<QualityEntry> Qualities { get; init; }

    /// <summary>The prior of all qualities.</summary>
    public required Prior Prior { get; init; }

    /// <summary>The grid; null for a fixed-size model.</summary>
    public GridEntry? Grid { get; init; }

    /// <summary>Size of the golden image; null for the input's.</summary>
    public ImageSize? GoldenSize { get; init; }

    /// <summary>Samples of the image by which a host checks that its arithmetic matches the trainer's.</summary>
    public required byte[] GoldenImage { get; init; }

    /// <summary>The model's origin: data set, seed and so on, text by key.</summary>
    public required IReadOnlyDictionary<string, string> Provenance { get; init; }

    /// <summary>Makes the model, and encodes the golden image at the middle quality.</summary>
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
            // The lowest format that the model fits, so that older readers take it.
            Format = Math.Max(
                Heads.Max(head => head.Filter is null ? 1 : PostFilter.Parse(head.Filter).LeastFormat),
                Grid is { Stretch: true } ? ModelManifest.StretchedFormat
                    : Prior.Tables.Grid?.Colours is not null ? ModelManifest.ColouredFormat
                    : Grid is { Slices: not null } ? ModelManifest.SlicedFormat
                    : Grid is { Palette: true } ? ModelManifest.PaletteFormat
                    : Prior.Tables.Grid?.Steps is null ? 1
                    : ModelManifest.SteppedFormat
            ),
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
            // A placeholder: no image, but a size that passes the manifest's checks.
            Golden = new GoldenEntry(Entry(GoldenImage), goldenQuality, new[] { (byte)goldenSize.Width, (byte)goldenSize.Height, (byte)0 }),
            Provenance = Provenance,
        };

        // Encoding the golden code requires a model, whose manifest must contain that code; so a draft model encodes it.
        using CodecModel draft = CodecModel.Load(new ModelPackage(manifest.ToJson(), byDigest), OnnxNetworkRuntime.Instance);
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
/// <param name="Output">Shape and scaling of its output.</param>
/// <param name="Filter">The blob of its post-filter; null for none. Only a grid model has one.</param>
internal sealed record HeadGraph(string Name, byte[] Graph, ImageGeometry Output, byte[]? Filter = null);
