using System.Globalization;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;

namespace Codec.Trainer.Own;

/// <summary>A family of models that a person's own images can be trained in.</summary>
internal enum FamilyKind
{
    /// <summary>The linear codec of small images of one size (<c>train faces</c>).</summary>
    Fixed,

    /// <summary>The codec of photographs of any size (<c>train photos</c>).</summary>
    Photos,
}

/// <summary>The family that suits a folder of images.</summary>
/// <param name="Kind">The family.</param>
/// <param name="Size">The size of a fixed model's images.</param>
/// <param name="Reason">Why, in a sentence.</param>
internal sealed record ModelFamily(FamilyKind Kind, ImageSize? Size, string Reason)
{
    // Above it, components of low frequencies lose what is seen; and a component for every sample makes the decoder too large.
    private const int LargestFixed = 96;

    // Fewer images determine too few components; a model of photographs needs fewer, for it learns from blocks.
    private const int FewestFixed = 1000;

    /// <summary>The fewest images that a model of photographs is trained on, those held out included.</summary>
    public const int FewestPhotos = 12;

    /// <summary>
    /// The PSNR in dB that the best quality of a model of one size must reach, if a person does not ask for one: the lowest quality of
    /// <c>photos</c> has about as much.
    /// </summary>
    public const double LeastDecibels = 27;

    // The part of the images that must have one size; the others are cut to it.
    private const double SameSize = 0.9;

    /// <summary>Chooses a family.</summary>
    /// <param name="survey">What the folder contains.</param>
    /// <param name="wanted">The size that a person asks for; null for none.</param>
    /// <param name="start">The name of the model of photographs from which to start; null for none.</param>
    /// <exception cref="DatasetException">There are too few images for any.</exception>
    /// <exception cref="UsageException">A size is asked for, and a model of any size to start from.</exception>
    public static ModelFamily Choose(FolderSurvey survey, ImageSize? wanted, string? start = null)
    {
        if (start is not null && wanted is not null)
            throw new UsageException("--from and --size cannot be combined: a model of photographs takes images of any size.");
        int images = survey.Images;
        ImageSize common = survey.Commonest;
        if (wanted is { } size)
        {
            return new ModelFamily(
                FamilyKind.Fixed,
                size,
                Text($"a model of one size, for --size asks for {size}; {images:N0} images are cut or scaled to it")
            );
        }

        bool same = start is null && survey.Sizes[common] >= SameSize * images;
        if (same && Math.Max(common.Width, common.Height) <= LargestFixed && images >= FewestFixed)
        {
            return new ModelFamily(
                FamilyKind.Fixed,
                common,
                Text(
                    $"a model of one size, for {survey.Sizes[common]:N0} of {images:N0} images have {common}, at most {LargestFixed} a side, and {FewestFixed:N0} or more are enough to learn what they have in common"
                )
            );
        }

        if (images < FewestPhotos)
        {
            throw new DatasetException(
                $"{images} images are too few to train on; give at least {FewestPhotos}, or use the shipped model photos as it is."
            );
        }

        string why =
            start is not null ? $"it starts from {start}"
            : !same ? $"the images have {survey.Sizes.Count:N0} sizes"
            : images < FewestFixed ? Text($"{images:N0} images are fewer than the {FewestFixed:N0} that a model of one size needs")
            : Text($"{common} is larger than {LargestFixed} a side");
        return new ModelFamily(FamilyKind.Photos, null, Text($"a model of photographs of any size, for {why}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
