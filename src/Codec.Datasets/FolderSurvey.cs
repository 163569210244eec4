using Codec.Images;

namespace Codec.Datasets;

/// <summary>What a folder contains, by the headers of its images.</summary>
/// <param name="Sizes">Number of images of each size, as they are shown.</param>
/// <param name="Grey">Number of grey images.</param>
/// <param name="Skipped">Images that cannot be read, each with its reason.</param>
public sealed record FolderSurvey(IReadOnlyDictionary<ImageSize, int> Sizes, int Grey, IReadOnlyList<string> Skipped)
{
    /// <summary>Number of images.</summary>
    public int Images => Sizes.Values.Sum();

    /// <summary>The size that most images have.</summary>
    public ImageSize Commonest => Sizes.MaxBy(size => size.Value).Key;

    /// <summary>The channels that keep every image as it is: 1 if all are grey.</summary>
    public int Channels => Grey == Images ? 1 : 3;
}
