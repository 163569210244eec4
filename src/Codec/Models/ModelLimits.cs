using System.Buffers;

namespace Codec.Models;

/// <summary>Upper bounds on models, codes and frames, checked before anything is allocated.</summary>
public static class ModelLimits
{
    /// <summary>Bytes of a manifest: a few hundred for the structure, the rest is room for provenance.</summary>
    public const int MaxManifestBytes = 1 << 20;

    /// <summary>Bytes of one blob: room for a few hundred megabytes of weights, with every offset within 32 bits.</summary>
    public const long MaxBlobBytes = 1L << 29;

    /// <summary>Latents of an image or a block: the prior's weights grow with the square.</summary>
    public const int MaxLatents = 4096;

    /// <summary>Qualities of a model: they are written in one byte.</summary>
    public const int MaxQualities = 64;

    /// <summary>Width or height of a fixed-size model's image, or of a grid model's window, in pixels.</summary>
    public const int MaxSide = 1024;

    /// <summary>
    /// Width or height of an image of a grid model, in pixels: 8192 × 8192 × 3 samples take 192 MiB, well within one array.
    /// </summary>
    public const int MaxImageSide = 8192;

    /// <summary>
    /// Smallest distance between a grid's blocks, in pixels: a lower bound, which limits the number of blocks and so the work that a code
    /// can cause.
    /// </summary>
    public const int MinStride = 4;

    /// <summary>
    /// Fewest rows of blocks of a slice: a thread that decodes one slice also decodes the first rows of the next, which must have as many.
    /// </summary>
    public const int MinSliceRows = 8;

    /// <summary>Transforms that a grid model's blocks may choose from.</summary>
    public const int MaxTransforms = 16;

    /// <summary>Heads of a model.</summary>
    public const int MaxHeads = 64;

    /// <summary>Codes in one frame: bounds the work that one message can cause.</summary>
    public const int MaxCodesPerFrame = 4096;

    /// <summary>
    /// Bytes of one frame: 8 bits for each pixel of the largest image. A transport may allow less: the default message limits of server and
    /// client are much smaller.
    /// </summary>
    public const int MaxFrameBytes = 64 << 20;

    /// <summary>
    /// Bytes of one code: the code, its key and headers, and every field of a frame fit into <see cref="MaxFrameBytes"/>.
    /// </summary>
    public const int MaxCodeBytes = MaxFrameBytes - 4096;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>
    /// Whether a model, head, alias or channel may have this name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.
    /// </summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= 64 && char.IsAsciiLetterOrDigit(name[0]) && !name.ContainsAnyExcept(NameCharacters);
}
