using Codec.Images;

namespace Codec.Datasets;

/// <summary>A data set in memory, split into training and test images.</summary>
/// <param name="Name">The source's name.</param>
/// <param name="License">The source's terms of use.</param>
/// <param name="Train">Images for training.</param>
/// <param name="Test">Images held out for testing.</param>
public sealed record Dataset(string Name, string License, ImageSet Train, ImageSet Test)
{
    /// <summary>Reads a whole source and splits it as its authors did, otherwise with <see cref="TrainTestSplit"/>.</summary>
    /// <param name="source">The source; all its images must have one size.</param>
    /// <param name="testFraction">Fraction held out of a set without a split of its own, above 0 and below 1.</param>
    /// <param name="seed">Seed of that split.</param>
    /// <param name="splitBy">Which images that split keeps together.</param>
    /// <param name="progress">Receives the progress after each image.</param>
    /// <param name="cancellationToken">Stops the reading between two images.</param>
    /// <exception cref="DatasetException">The source cannot be read, has fewer than two images, or images of several sizes.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="testFraction"/> leaves no image on one side.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public static Dataset Load(
        IDataSource source,
        double testFraction = TrainTestSplit.DefaultTestFraction,
        uint seed = TrainTestSplit.DefaultSeed,
        SplitBy splitBy = SplitBy.Image,
        IProgress<ReadProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        LabeledImage[] images = [.. source.Read(progress, cancellationToken)];
        if (images.Length < 2)
        {
            throw new DatasetException(
                $"{source.Name} has {images.Length} images; at least 2 are needed, one for training and one for testing."
            );
        }

        Raster first = images[0].Image;
        foreach (LabeledImage image in images)
        {
            if ((image.Image.Width, image.Image.Height, image.Image.Channels) != (first.Width, first.Height, first.Channels))
            {
                throw new DatasetException(
                    $"{image.Id} has {Size(image.Image)}, {images[0].Id} has {Size(first)}: set a size to which the source resizes all images."
                );
            }
        }

        // Use the authors' test images if there are any, so that results are comparable with published ones.
        int learn = images.Length - source.HeldOut;
        TrainTestSplit split =
            source.HeldOut > 0 ? new TrainTestSplit([.. Enumerable.Range(0, learn)], [.. Enumerable.Range(learn, source.HeldOut)])
            : splitBy is SplitBy.Label ? TrainTestSplit.ByLabel([.. images.Select(image => image.Label)], testFraction, seed)
            : TrainTestSplit.Of(images.Length, testFraction, seed);
        return new Dataset(source.Name, source.License, Select(split.Train), Select(split.Test));

        ImageSet Select(int[] indices) => new(first.Width, first.Height, first.Channels, [.. indices.Select(i => images[i])]);
    }

    private static string Size(Raster image) => $"{image.Width}×{image.Height}×{image.Channels}";
}
