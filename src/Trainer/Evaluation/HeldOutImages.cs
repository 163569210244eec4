using System.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.CommandLine;
using Codec.Trainer.Display;
using Codec.Trainer.Images;
using Codec.Trainer.Models;

namespace Codec.Trainer.Evaluation;

/// <summary>The images on which a model is measured, and whether it is known that it has not learned from them.</summary>
/// <param name="Images">The images.</param>
/// <param name="Notice">What they are, as the title of a table.</param>
internal sealed record HeldOutImages(IReadOnlyList<Raster> Images, string Notice)
{
    /// <summary>Chooses the images that a model's recorded split holds out.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="data">The options of the data.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="most">
    /// The largest number of images: of a folder those whose paths have the lowest hashes, of another set some at even distances.
    /// </param>
    /// <param name="any">Whether to take all images, whether learned or not.</param>
    /// <param name="display">Displays progress.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">The model has learned from images that are given as held out, or may have.</exception>
    public static HeldOutImages Choose(
        ModelManifest manifest,
        DataOptions data,
        ParseResult arguments,
        int most,
        bool any,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        var rule = manifest.Provenance.TryGetValue(ModelCard.Split, out string? text) ? SplitRule.Parse(text) : null;
        string? folder = data.TestFolderOf(arguments) ?? data.FolderOf(arguments);
        bool own = data.TestFolderOf(arguments) is not null || data.AreOwn(arguments);
        if (manifest.Grid is not null && !own)
            throw new ArgumentException($"{manifest.Name} takes images of any size: give a folder of them with --data or --test.");
        if (!own)
        {
            Dataset images = data.Read(arguments, display, manifest.Input.Size, cancellationToken);
            return Known(manifest, Some(images.Test, most), images.Test.Digest, rule, any);
        }

        var source = new FolderSource(
            folder!,
            new FolderOptions
            {
                Size = manifest.Grid is null ? manifest.Input.Size : null,
                Channels = manifest.Input.Channels,
                Spread = true,
            }
        );
        bool claimed = data.TestFolderOf(arguments) is not null;
        var chosen = new List<LabeledImage>();
        int all = 0,
            learned = 0;
        HashSplit? split = rule is { Kind: SplitKind.Hash } ? new HashSplit(rule) : null;
        var contents = new List<Digest>();
        foreach (LabeledImage image in source.Read(null, cancellationToken))
        {
            all++;
            contents.Add(image.Content!.Value);
            if (split is not null && !any && split.SideOf(image.Content.Value, image.Label) is not DataSide.Test)
                learned++;
            else if (chosen.Count < most)
                chosen.Add(image);
        }

        data.Report(display, source.Skipped);
        if (split is not null && claimed && learned > 0 && !any)
        {
            throw new ArgumentException(
                $"{learned:N0} of {all:N0} images of {folder} are on the training side of {manifest.Name}'s split ({rule}): it has learned from them if they were in its data. Give --data to measure the others, or --any to measure all."
            );
        }

        Raster[] rasters = [.. chosen.Select(image => image.Image)];
        if (split is not null && !any)
        {
            return rasters.Length > 0
                ? new HeldOutImages(rasters, $"{rasters.Length:N0} images of {source.Name}, held out by the model's split ({rule})")
                : throw new ArgumentException($"None of {all:N0} images of {folder} is held out by {manifest.Name}'s split ({rule}).");
        }

        return Known(manifest, rasters, ImageSet.DigestOf(contents), rule, any);
    }

    /// <summary>Copies images of a set, chosen evenly.</summary>
    public static IReadOnlyList<Raster> Some(ImageSet images, int most) => [.. images.Spread(most).Select(i => images.Image((int)i))];

    private static HeldOutImages Known(ModelManifest manifest, IReadOnlyList<Raster> images, Digest digest, SplitRule? rule, bool any)
    {
        if (any)
            return new HeldOutImages(images, $"{images.Count:N0} images, whether {manifest.Name} has learned from them or not");
        if (rule is null)
        {
            return new HeldOutImages(
                images,
                $"{images.Count:N0} images; {manifest.Name} records no split, so it is not known whether it has learned from them"
            );
        }

        return manifest.Provenance.TryGetValue(ModelCard.HeldOut, out string? recorded) && recorded == digest.Hex
            ? new HeldOutImages(images, $"{images.Count:N0} images, which {manifest.Name} records as held out")
            : throw new ArgumentException(
                $"These are not the images that {manifest.Name} records as held out ({rule}): it may have learned from them. Give its own data, or --any to measure them all the same."
            );
    }
}
