namespace Codec.Datasets;

/// <summary>Selects where to search for a data set, and how to process its images.</summary>
public sealed record DataRequest
{
    /// <summary>
    /// The set's archive or folder, or a folder that contains it; no other place is searched. Null searches the usual places.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>How each face is cropped and resized; digits keep their 28×28.</summary>
    public FaceCrop Crop { get; init; } = new();

    /// <summary>
    /// The attributes file of Labeled Faces in the Wild: only the photographs that it annotates are kept. Null keeps all.
    /// </summary>
    public string? AttributesPath { get; init; }
}
