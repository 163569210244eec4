using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;

namespace Codec.Trainer.Photos;

/// <summary>Reads a person's own photographs for a model of photographs, within a bound of memory.</summary>
internal static class OwnPhotos
{
    // A part of this side is enough of a photograph; larger ones are represented by a part, at their own scale.
    private const int LargestSide = 512;

    // The latents of all training images are in memory: 12 bytes a pixel. The shipped model's images have about as many.
    private const long MostPixels = 100_000_000;

    // Below this many images, some at half their scale add patterns that the others lack.
    private const int MostHalved = 1000;

    /// <summary>Reads a folder, divided by the content of its files.</summary>
    /// <param name="source">The folder, each image at its own size.</param>
    /// <param name="rule">How it is divided.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DatasetException">The folder cannot be read, or has too few images.</exception>
    public static PhotoSet Read(FolderSource source, SplitRule rule, CancellationToken cancellationToken)
    {
        var images = new List<LabeledImage>();
        long pixels = 0;
        foreach (LabeledImage image in source.Read(null, cancellationToken))
        {
            Raster part = Part(image.Image, image.Content!.Value);
            if (pixels + part.Size.Pixels > MostPixels)
                break;
            pixels += part.Size.Pixels;
            images.Add(image with { Image = part });
        }

        (SplitRule used, DataSide[] sides) = HashSplit.Divide(
            rule,
            [.. images.Select(image => image.Content!.Value)],
            [.. images.Select(image => image.Label)]
        );
        Raster[] train = On(DataSide.Train);
        Raster[] learned = train.Length <= MostHalved ? [.. train, .. ShippedPhotos.Halved(train)] : train;
        return new PhotoSet(learned, source.Name, source.License)
        {
            Validation = On(DataSide.Validation),
            Test = On(DataSide.Test),
            Rule = used,
            TestDigest = ImageSet.DigestOf(images.Where((_, i) => sides[i] is DataSide.Test).Select(image => image.Content!.Value)),
        };

        Raster[] On(DataSide side) => [.. images.Where((_, i) => sides[i] == side).Select(image => image.Image)];
    }

    /// <summary>A part of a large image, at a place that depends on its content.</summary>
    private static Raster Part(Raster image, Digest content)
    {
        int width = Math.Min(image.Width, LargestSide),
            height = Math.Min(image.Height, LargestSide);
        var place = new Random(int.Parse(content.Hex.AsSpan(0, 7), System.Globalization.NumberStyles.HexNumber, null));
        int left = place.Next(image.Width - width + 1),
            top = place.Next(image.Height - height + 1);
        return image.Crop(left, top, width, height);
    }
}
