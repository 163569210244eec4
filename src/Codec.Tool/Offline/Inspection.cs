namespace Codec.Tool.Offline;

/// <summary>What a code file or a model file contains.</summary>
/// <param name="File">The file.</param>
/// <param name="Kind"><c>frame</c> or <c>model</c>.</param>
/// <param name="Bytes">The file's bytes.</param>
/// <param name="Version">The version's digest; null for a frame that names none.</param>
/// <param name="Model">The model's name; null for a frame of an unknown version.</param>
/// <param name="Parts">What takes the bytes; of a model file, before compression.</param>
internal sealed record Inspection(string File, string Kind, long Bytes, string? Version, string? Model, IReadOnlyList<FilePart> Parts)
{
    /// <summary>The quality of a frame's codes; null for a model.</summary>
    public int? Quality { get; init; }

    /// <summary>The codes of a frame; null for a model, and for a frame of an unknown version.</summary>
    public IReadOnlyList<InspectedCode>? Codes { get; init; }

    /// <summary>The number of qualities of a model; null for a frame.</summary>
    public int? Qualities { get; init; }

    /// <summary>The sizes of images that a model takes; null for a frame.</summary>
    public string? Sizes { get; init; }

    /// <summary>The origin of a model; null for a frame.</summary>
    public IReadOnlyDictionary<string, string>? Provenance { get; init; }
}

/// <summary>A part of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record FilePart(string Name, long Bytes);

/// <summary>A code of a frame.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Width">Its image's width in pixels.</param>
/// <param name="Height">Its image's height in pixels.</param>
/// <param name="Key">Its key; null for none.</param>
/// <param name="CapturedAt">When its image was taken; null if that is not stated.</param>
internal sealed record InspectedCode(int Bytes, int Width, int Height, string? Key, DateTimeOffset? CapturedAt);
