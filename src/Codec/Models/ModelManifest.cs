using System.Text.Json.Serialization;
using Codec.Errors;
using Codec.Images;

namespace Codec.Models;

/// <summary>Lists the parts of a version of a model; the SHA-256 of its bytes names the version (docs/format.md, Manifest).</summary>
public sealed partial record ModelManifest
{
    /// <summary>The newest format that this code reads and writes; all older ones are read too.</summary>
    public const int CurrentFormat = 5;

    /// <summary>The first format in which steps differ between latents and blocks, and filters have colour planes of any kind.</summary>
    internal const int SteppedFormat = 2;

    /// <summary>The first format in which a grid's codes may be palette codes.</summary>
    internal const int PaletteFormat = 3;

    /// <summary>The first format in which colours are predicted from the luminance.</summary>
    internal const int ColouredFormat = 4;

    /// <summary>The first format in which a grid's codes may be cut into slices.</summary>
    internal const int SlicedFormat = 4;

    /// <summary>The first format in which a post-filter may be for small images only.</summary>
    internal const int SizedFilterFormat = 4;

    /// <summary>The first format in which short axes of an image may be stretched to whole blocks.</summary>
    internal const int StretchedFormat = 5;

    /// <summary>The head that every model has: it restores the image.</summary>
    public const string ImageHead = "image";

    /// <summary>
    /// Version of the format, 1 to <see cref="CurrentFormat"/>: the lowest that has everything the model uses, so that older readers refuse
    /// only models that they cannot decode.
    /// </summary>
    public required int Format { get; init; }

    /// <summary>The model's name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</summary>
    public required string Name { get; init; }

    /// <summary>Shape and scaling of the encoder's input.</summary>
    public required ImageGeometry Input { get; init; }

    /// <summary>
    /// How an image of any size is divided into blocks; null for a fixed-size model. In a grid model, <see cref="Input"/> and each head's
    /// output describe a window, and <see cref="Latents"/> counts those of a block.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GridEntry? Grid { get; init; }

    /// <summary>Latents of an image or a block, 1 to <see cref="ModelLimits.MaxLatents"/>.</summary>
    public required int Latents { get; init; }

    /// <summary>One entry for each quality, from the fewest bytes to the most; 1 to <see cref="ModelLimits.MaxQualities"/>.</summary>
    public required IReadOnlyList<QualityEntry> Qualities { get; init; }

    /// <summary>The encoder's graph: <c>pixels</c> [N, height, width, channels] → <c>latents</c> [N, <see cref="GraphLatents"/>].</summary>
    public required BlobEntry Encoder { get; init; }

    /// <summary>The heads; one is called <c>image</c>.</summary>
    public required IReadOnlyList<HeadEntry> Heads { get; init; }

    /// <summary>The integer tables and the context rule that drive the entropy coder.</summary>
    public required BlobEntry Prior { get; init; }

    /// <summary>An image with its code: a host encodes and decodes it to check that its arithmetic matches the trainer's.</summary>
    public required GoldenEntry Golden { get; init; }

    /// <summary>The model's origin: data set, seed, epochs, metrics. Free text by key, for people.</summary>
    public required IReadOnlyDictionary<string, string> Provenance { get; init; }

    /// <summary>All blobs that the manifest lists, each once.</summary>
    [JsonIgnore]
    public IEnumerable<BlobEntry> Blobs =>
        Heads.SelectMany(head => head.Blobs).Append(Prior).Append(Encoder).Append(Golden.Image).Distinct();

    /// <summary>The blobs that decoding with a head needs: the head's own and the prior.</summary>
    /// <param name="head">The head's name.</param>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    public IEnumerable<BlobEntry> DecoderBlobs(string head) => GetHead(head).Blobs.Append(Prior).Distinct();

    /// <summary>The golden image's size.</summary>
    /// <exception cref="InvalidCodeException">
    /// A grid model's golden code is damaged where it states its size; a parsed manifest has no such code.
    /// </exception>
    [JsonIgnore]
    internal ImageSize GoldenSize => Grid is null ? Input.Size : SizeHeader.Read(Golden.Code.Span, out _);

    /// <summary>Number of latents that the encoder's graph outputs and the heads' graphs take: those of all transforms.</summary>
    [JsonIgnore]
    public int GraphLatents => Latents * (Grid?.Transforms ?? 1);

    /// <summary>Finds a head by name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the heads.</exception>
    public HeadEntry GetHead(string name)
    {
        // Called several times for each decoded image, so it allocates nothing.
        for (int i = 0; i < Heads.Count; i++)
        {
            if (Heads[i].Name == name)
                return Heads[i];
        }

        throw new ArgumentException(
            $"{Name} has no head '{name}'; it has: {string.Join(", ", Heads.Select(head => head.Name))}.",
            nameof(name)
        );
    }
}

/// <summary>Divides an image of a grid model into blocks, each coded from the window around it.</summary>
/// <param name="Stride">
/// Distance between blocks in pixels, across and down: at least <see cref="ModelLimits.MinStride"/> and half a window's side, at most the
/// side. It differs from the side by an even number, so that the window is centred on the block.
/// </param>
/// <param name="Transforms">
/// M, the number of transforms that a block may signal: 1 to <see cref="ModelLimits.MaxTransforms"/>. Graphs have the latents of all
/// transforms, M times <see cref="ModelManifest.Latents"/>; when a block is decoded, those of the other transforms are zero.
/// </param>
public sealed record GridEntry(int Stride, int Transforms)
{
    /// <summary>
    /// Whether codes may be palette codes: images of at most 256 colours, without loss, where that takes no more bytes than blocks. The
    /// model then has one head, whose channels are those of its input.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Palette { get; init; }

    /// <summary>
    /// Which images are cut into slices, whose codes do not depend on each other, so that they can be decoded at once; null for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SliceEntry? Slices { get; init; }

    /// <summary>Whether short axes of an image are stretched to whole blocks before it is coded (docs/format.md, Stretched axes).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Stretch { get; init; }
}

/// <summary>
/// Cuts the blocks of a large image into an even number of slices, as many as leave each at least some rows (docs/format.md, Slices).
/// </summary>
/// <param name="Pixels">Images of this many pixels or fewer are not cut; 0 or more.</param>
/// <param name="Rows">
/// The fewest rows of blocks of a slice: <see cref="ModelLimits.MinSliceRows"/> to <see cref="ModelLimits.MaxImageSide"/>.
/// </param>
public sealed record SliceEntry(int Pixels, int Rows);

/// <summary>One quality of a model.</summary>
/// <param name="Step">Quantizer step Δ in the latents' own unit: above 0, finite.</param>
/// <param name="Lambda">
/// Weight of a bit against squared error, in units of Δ²: the encoder minimizes error²/Δ² + λ·bits. Finite, 0 or more.
/// </param>
public sealed record QualityEntry(float Step, float Lambda);

/// <summary>A blob that a manifest lists.</summary>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="Size">Length in bytes.</param>
public sealed record BlobEntry(Digest Digest, long Size);

/// <summary>A head: a decoder over the latents.</summary>
/// <param name="Name">The head's name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</param>
/// <param name="Graph">The graph: <c>latents</c> [N, latents] → <c>pixels</c> [N, height, width, channels].</param>
/// <param name="Output">Shape and scaling of the graph's pixels.</param>
/// <param name="Filter">The post-filter of the decoded image; only a grid model's head may have one.</param>
public sealed record HeadEntry(
    string Name,
    BlobEntry Graph,
    ImageGeometry Output,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BlobEntry? Filter = null
)
{
    /// <summary>The blobs of this head alone: the graph, and the filter if there is one.</summary>
    internal IEnumerable<BlobEntry> Blobs => Filter is null ? [Graph] : [Graph, Filter];
}

/// <summary>An image and its code.</summary>
/// <param name="Image">
/// The raw samples, row-major, interleaved: of the input's size, or of the size that a grid model's code states, at most 1024 × 1024.
/// </param>
/// <param name="Quality">The quality of the code.</param>
/// <param name="Code">The code, in base 64 in the manifest.</param>
public sealed record GoldenEntry(BlobEntry Image, int Quality, ReadOnlyMemory<byte> Code);
