using Codec.Images;

namespace Codec.Datasets;

/// <summary>A data set: images in a fixed order, each with a name and a label.</summary>
public interface IImageSource
{
    /// <summary>What the data set is and what was done to it, for a manifest's provenance: <c>lfw-deepfunneled crop 80 32×32</c>.</summary>
    string Name { get; }

    /// <summary>Where the images come from and what may be done with them, in a line.</summary>
    string Licence { get; }

    /// <summary>
    /// Images at the end of the order that the set's authors hold out for testing; 0 where the set has no split of its own.
    /// </summary>
    int HeldOut => 0;

    /// <summary>Reads the images, in the same order every time; decoding uses all cores.</summary>
    /// <param name="progress">Told after every image; called on the enumerating thread.</param>
    /// <param name="cancellationToken">Ends the reading between two images.</param>
    /// <exception cref="DatasetException">The data set is missing, damaged or cut short; raised while enumerating.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; raised while enumerating.</exception>
    IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default);
}

/// <summary>One image of a data set.</summary>
/// <param name="Id">Its name in the set, unique: <c>Ada_Lovelace/Ada_Lovelace_0001.jpg</c>.</param>
/// <param name="Label">The person, folder or digit that it shows.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Mask">What each pixel shows, where the set knows; the image's size.</param>
/// <param name="Attributes">
/// What else is known of it, a number each, in the order of the set's names for them; null where nothing is.
/// </param>
public sealed record LabeledImage(string Id, string Label, Raster Image, PartMask? Mask = null, IReadOnlyList<float>? Attributes = null);

/// <summary>How far a reading is.</summary>
/// <param name="Images">Images read.</param>
/// <param name="Fraction">Part of the whole, 0 to 1: of the images where their number is known, of the file's bytes otherwise.</param>
public readonly record struct ReadProgress(int Images, double Fraction);
