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

    // Of folders that a person divided: photographs that steer and judge, of which fewer are enough.
    private const long MostJudged = MostPixels / 8;

    /// <summary>Reads a folder, divided by the content of its files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="rule">How it is divided.</param>
    /// <param name="skipped">Receives the images that cannot be read, each with its reason.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DatasetException">The folder cannot be read, or has too few images that a model could learn from.</exception>
    public static PhotoSet Read(string folder, SplitRule rule, List<string> skipped, CancellationToken cancellationToken)
    {
        (FolderSource source, List<LabeledImage> images) = Read(folder, MostPixels, skipped, cancellationToken);
        (SplitRule used, DataSide[] sides) = HashSplit.Divide(
            rule,
            [.. images.Select(image => image.Content!.Value)],
            [.. images.Select(image => image.Label)]
        );
        return Set(source, used, On(DataSide.Train), On(DataSide.Validation), On(DataSide.Test), cancellationToken);

        LabeledImage[] On(DataSide side) => [.. images.Where((_, i) => sides[i] == side)];
    }

    /// <summary>Reads a folder for each part.</summary>
    /// <param name="train">Training images.</param>
    /// <param name="validation">Images that steer the training; null for the held-out ones.</param>
    /// <param name="test">Held-out images.</param>
    /// <param name="skipped">Receives the images that cannot be read, each with its reason.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DatasetException">A folder cannot be read, or an image is in two of them.</exception>
    public static PhotoSet Read(string train, string? validation, string test, List<string> skipped, CancellationToken cancellationToken)
    {
        (FolderSource source, List<LabeledImage> learned) = Read(train, MostPixels, skipped, cancellationToken);
        List<LabeledImage> held = Read(test, MostJudged, skipped, cancellationToken).Images,
            steering = validation is null ? held : Read(validation, MostJudged, skipped, cancellationToken).Images;
        DistinctParts.Require(
            new[] { learned, validation is null ? [] : steering, held }.Select(part =>
                part.Select(image => (image.Id, image.Content!.Value))
            )
        );
        return Set(source, new SplitRule(SplitKind.Folders), learned, steering, held, cancellationToken);
    }

    private static PhotoSet Set(
        FolderSource source,
        SplitRule rule,
        IReadOnlyList<LabeledImage> train,
        IReadOnlyList<LabeledImage> validation,
        IReadOnlyList<LabeledImage> test,
        CancellationToken cancellationToken
    )
    {
        Raster[] photos = Images(train),
            held = Images(test),
            steering = ReferenceEquals(validation, test) ? held : Images(validation);
        int exact = FewColours.LeaveOut(ref photos, ref steering, ref held, cancellationToken);
        return new PhotoSet(
            photos.Length <= MostHalved ? [.. photos, .. ShippedPhotos.Halved(photos)] : photos,
            source.Name,
            source.License
        )
        {
            Validation = steering,
            Test = held,
            Exact = exact,
            Rule = rule,
            TestDigest = ImageSet.DigestOf(test.Select(image => image.Content!.Value)),
        };

        static Raster[] Images(IEnumerable<LabeledImage> side) => [.. side.Select(image => image.Image)];
    }

    /// <summary>Reads a folder up to a number of pixels: a sample of its images, if it has more.</summary>
    private static (FolderSource Source, List<LabeledImage> Images) Read(
        string folder,
        long mostPixels,
        List<string> skipped,
        CancellationToken cancellationToken
    )
    {
        var source = new FolderSource(folder, new FolderOptions { Spread = true });
        var images = new List<LabeledImage>();
        long pixels = 0;
        foreach (LabeledImage image in source.Read(null, cancellationToken))
        {
            Raster part = Part(image.Image, image.Content!.Value);
            if (pixels + part.Size.Pixels > mostPixels)
                break;
            pixels += part.Size.Pixels;
            images.Add(image with { Image = part });
        }

        skipped.AddRange(source.Skipped);
        return (source, images);
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
