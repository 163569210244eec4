using System.Text.Json.Serialization;

namespace Codec;

/// <summary>What a version of a model is made of; its SHA-256 names the version (docs/format.md, Manifest).</summary>
public sealed partial record ModelManifest
{
    /// <summary>The one format of manifests that this code reads and writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The head that every model has: it gives the image back.</summary>
    public const string ImageHead = "image";

    /// <summary>Version of the manifest's own format: 1.</summary>
    public required int Format { get; init; }

    /// <summary>The model's name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>Shape and scaling of the images that go in.</summary>
    public required ImageGeometry Input { get; init; }

    /// <summary>Latents of an image, 1 to <see cref="ModelLimits.MaxLatents"/>.</summary>
    public required int Latents { get; init; }

    /// <summary>One entry for each quality, from the fewest bytes to the most; 1 to <see cref="ModelLimits.MaxQualities"/>.</summary>
    public required IReadOnlyList<QualityEntry> Qualities { get; init; }

    /// <summary>The encoder's graph: <c>pixels</c> [N, height, width, channels] → <c>latents</c> [N, latents].</summary>
    public required BlobEntry Encoder { get; init; }

    /// <summary>The decoders by name; <c>image</c> is always among them.</summary>
    public required IReadOnlyList<HeadEntry> Heads { get; init; }

    /// <summary>The integer tables and the context rule that drive the entropy coder.</summary>
    public required BlobEntry Prior { get; init; }

    /// <summary>An image with its code, for whoever loads the version to check itself against.</summary>
    public required GoldenEntry Golden { get; init; }

    /// <summary>Where the model comes from: data set, seed, epochs, metrics. Free text by key, for people.</summary>
    public required IReadOnlyDictionary<string, string> Provenance { get; init; }

    /// <summary>All blobs that the manifest lists, each once.</summary>
    [JsonIgnore]
    public IEnumerable<BlobEntry> Blobs => Heads.Select(head => head.Graph).Append(Prior).Append(Encoder).Append(Golden.Image).Distinct();

    /// <summary>The head with this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those that there are.</exception>
    public HeadEntry GetHead(string name) => Heads.FirstOrDefault(head => head.Name == name)
        ?? throw new ArgumentException($"{Name} has no head '{name}'; it has: {string.Join(", ", Heads.Select(head => head.Name))}.", nameof(name));
}

/// <summary>Shape and scaling of images: a byte b is handed to a graph as b · <see cref="Scale"/> + <see cref="Offset"/>.</summary>
/// <param name="Width">Pixels, 1 to <see cref="ModelLimits.MaxSide"/>.</param>
/// <param name="Height">Pixels, 1 to <see cref="ModelLimits.MaxSide"/>.</param>
/// <param name="Channels">1 (grey or mask) or 3 (sRGB).</param>
/// <param name="Scale">Not zero, finite; 1/255 hands graphs 0 to 1.</param>
/// <param name="Offset">Finite; −0.5 with a scale of 1/255 hands graphs −0.5 to 0.5.</param>
public sealed record ImageGeometry(int Width, int Height, int Channels, float Scale, float Offset)
{
    /// <summary>Samples of an image: width × height × channels.</summary>
    [JsonIgnore]
    public int Samples => Width * Height * Channels;
}

/// <summary>One quality of a model.</summary>
/// <param name="Step">Quantizer step Δ in the latents' own unit: above 0, finite.</param>
/// <param name="Lambda">Weight of a bit against squared error, in units of Δ²: what the encoder minimises is error²/Δ² + λ·bits. 0 or more.</param>
public sealed record QualityEntry(float Step, float Lambda);

/// <summary>A blob that a manifest lists.</summary>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="Size">Length in bytes.</param>
public sealed record BlobEntry(Digest Digest, long Size);

/// <summary>A decoder over the latents.</summary>
/// <param name="Name">Same alphabet as a model's name.</param>
/// <param name="Graph">The graph: <c>latents</c> [N, latents] → <c>pixels</c> [N, height, width, channels].</param>
/// <param name="Output">Shape and scaling of what comes out.</param>
public sealed record HeadEntry(string Name, BlobEntry Graph, ImageGeometry Output);

/// <summary>An image and its code.</summary>
/// <param name="Image">The raw samples, row-major, interleaved.</param>
/// <param name="Quality">The quality of the code.</param>
/// <param name="Code">The code, in base 64 in the manifest.</param>
public sealed record GoldenEntry(BlobEntry Image, int Quality, ReadOnlyMemory<byte> Code);
