using System.Buffers;

namespace Codec;

/// <summary>Bounds on what a model may ask of whoever loads it; checked before anything is allocated.</summary>
public static class ModelLimits
{
    /// <summary>Bytes of a manifest: a few hundred of structure and room for provenance.</summary>
    public const int MaxManifestBytes = 1 << 20;

    /// <summary>Bytes of one blob: fits a few hundred megabytes of weights, and every offset in 32 bits.</summary>
    public const long MaxBlobBytes = 1L << 29;

    /// <summary>Latents of an image: the prior's weights grow with its square.</summary>
    public const int MaxLatents = 4096;

    /// <summary>Qualities of a model: they are written in one byte.</summary>
    public const int MaxQualities = 64;

    /// <summary>Width or height of a fixed-size model, in pixels.</summary>
    public const int MaxSide = 1024;

    /// <summary>Heads of a model.</summary>
    public const int MaxHeads = 64;

    /// <summary>Codes in one frame: what one message may make a decoder do.</summary>
    public const int MaxCodesPerFrame = 4096;

    /// <summary>Bytes of one frame; well below gRPC's default limit of 4 MiB a message.</summary>
    public const int MaxFrameBytes = 2 << 20;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    /// <summary>Whether a model, head, alias or channel may have this name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</summary>
    public static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is >= 1 and <= 64
        && char.IsAsciiLetterOrDigit(name[0])
        && !name.ContainsAnyExcept(NameCharacters);
}
