using Codec.Images;
using Codec.Models;

namespace Codec.Datasets;

/// <summary>A source of images in a fixed order, each with a name and a label.</summary>
public interface IDataSource
{
    /// <summary>The data set and how it was processed, for a manifest's provenance: <c>lfw-deepfunneled crop 80 32×32</c>.</summary>
    string Name { get; }

    /// <summary>The origin of the images and their terms of use, in one line.</summary>
    string License { get; }

    /// <summary>
    /// Number of images at the end of the order that the set's authors hold out for testing; 0 if the set has no split of its own.
    /// </summary>
    int HeldOut => 0;

    /// <summary>Whether the set was published once and for all: no image is added to it.</summary>
    bool IsFixed => false;

    /// <summary>Reads the images, always in the same order; decoding uses all cores.</summary>
    /// <param name="progress">Receives the progress after each image, on the enumerating thread.</param>
    /// <param name="cancellationToken">Stops the reading between two images.</param>
    /// <exception cref="DatasetException">The data set is missing, damaged or truncated; thrown while enumerating.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled; thrown while enumerating.</exception>
    IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default);
}

/// <summary>One image of a data set.</summary>
/// <param name="Id">Its unique name in the set: <c>Ada_Lovelace/Ada_Lovelace_0001.jpg</c>.</param>
/// <param name="Label">The person, folder or digit that it shows.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Mask">The part that each pixel shows, of the image's size; null if the set has none.</param>
/// <param name="Attributes">
/// The image's attributes, in the order of the set's attribute names; null if it has none.
/// </param>
/// <param name="Content">The digest of the file that the image was read from; null if there is none.</param>
public sealed record LabeledImage(
    string Id,
    string Label,
    Raster Image,
    PartMask? Mask = null,
    IReadOnlyList<float>? Attributes = null,
    Digest? Content = null
);

/// <summary>The progress of a reading.</summary>
/// <param name="Images">Number of images read.</param>
/// <param name="Fraction">Completed fraction, 0 to 1: of the images if their number is known, otherwise of the file's bytes.</param>
public readonly record struct ReadProgress(int Images, double Fraction);
