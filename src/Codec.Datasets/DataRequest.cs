namespace Codec.Datasets;

/// <summary>Where to look for a data set first, and what to do with its images.</summary>
public sealed record DataRequest
{
    /// <summary>The set's archive or folder, or a folder with it: only this is looked at. Null searches.</summary>
    public string? Path { get; init; }

    /// <summary>What is done to each face; digits keep their 28×28.</summary>
    public FaceCrop Crop { get; init; } = new();

    /// <summary>The attributes file of Labeled Faces in the Wild: only what it annotates is kept. Null keeps all.</summary>
    public string? AttributesPath { get; init; }
}
