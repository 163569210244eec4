using Codec.Images;

namespace Codec.Datasets;

/// <summary>A data set read into memory and split in two.</summary>
/// <param name="Name">The source's name.</param>
/// <param name="Licence">The source's licence.</param>
/// <param name="Train">Images to learn from.</param>
/// <param name="Test">Images held out.</param>
public sealed record Dataset(string Name, string Licence, ImageSet Train, ImageSet Test)
{
    /// <summary>Reads a source whole and splits it: as its authors did, or else as <see cref="TrainTestSplit"/> does.</summary>
    /// <param name="source">Where the images come from; all must have one size.</param>
    /// <param name="testFraction">Part held out of a set without a split of its own, above 0 and below 1.</param>
    /// <param name="seed">Seed of that split.</param>
    /// <param name="splitBy">What that split holds out together.</param>
    /// <param name="progress">Told after every image.</param>
    /// <param name="cancellationToken">Ends the reading between two images.</param>
    /// <exception cref="DatasetException">The source cannot be read, has fewer than two images, or images of several sizes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">testFraction leaves no image on one side.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Dataset Load(
        IImageSource source,
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
                $"{source.Name} has {images.Length} images; at least 2 are needed, one to learn from and one to hold out."
            );
        }

        Raster first = images[0].Image;
        foreach (LabeledImage image in images)
        {
            if ((image.Image.Width, image.Image.Height, image.Image.Channels) != (first.Width, first.Height, first.Channels))
            {
                throw new DatasetException(
                    $"{image.Id} has {Size(image.Image)}, {images[0].Id} has {Size(first)}: give the source one size to bring all images to."
                );
            }
        }

        // Where the authors hold images out, those stay the test: figures are then comparable with everyone's.
        int learn = images.Length - source.HeldOut;
        TrainTestSplit split =
            source.HeldOut > 0 ? new TrainTestSplit([.. Enumerable.Range(0, learn)], [.. Enumerable.Range(learn, source.HeldOut)])
            : splitBy is SplitBy.Label ? TrainTestSplit.ByLabel([.. images.Select(image => image.Label)], testFraction, seed)
            : TrainTestSplit.Of(images.Length, testFraction, seed);
        return new Dataset(source.Name, source.Licence, Select(split.Train), Select(split.Test));

        ImageSet Select(int[] indices) => new(first.Width, first.Height, first.Channels, [.. indices.Select(i => images[i])]);
    }

    private static string Size(Raster image) => $"{image.Width}×{image.Height}×{image.Channels}";
}
