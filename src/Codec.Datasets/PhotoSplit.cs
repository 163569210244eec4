namespace Codec.Datasets;

/// <summary>The parts of a set of photographs: what models are trained on, and the photographs held out for tuning.</summary>
/// <param name="Train">Photographs to train on.</param>
/// <param name="HeldOut">Photographs that no model was trained on: one in eight.</param>
/// <param name="Graphics">Drawings, whose file names begin with "graphic".</param>
public sealed record PhotoSplit(
    IReadOnlyList<LabeledImage> Train,
    IReadOnlyList<LabeledImage> HeldOut,
    IReadOnlyList<LabeledImage> Graphics
)
{
    private const int Spacing = 8;
    private const int First = 3;
    private const string GraphicPrefix = "graphic";

    /// <summary>Splits a set by the order of its images.</summary>
    public static PhotoSplit Of(IEnumerable<LabeledImage> images)
    {
        ILookup<bool, LabeledImage> kinds = images.ToLookup(image =>
            Path.GetFileName(image.Id).StartsWith(GraphicPrefix, StringComparison.Ordinal)
        );
        ILookup<bool, LabeledImage> photos = kinds[false]
            .Select((image, i) => (image, i))
            .ToLookup(entry => entry.i % Spacing == First, entry => entry.image);
        return new PhotoSplit([.. photos[false]], [.. photos[true]], [.. kinds[true]]);
    }
}
