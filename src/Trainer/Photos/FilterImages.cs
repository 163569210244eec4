using Codec.Images;
using Codec.Imaging;

namespace Codec.Trainer.Photos;

/// <summary>Images that a post-filter is fitted to, and others that decide where it is kept.</summary>
/// <remarks>
/// Copies of one photograph at two scales can be on both sides: a filter has a few thousand weights for millions of pixels, too few to
/// memorize a photograph.
/// </remarks>
/// <param name="Fitted">Training images of three channels.</param>
/// <param name="Judged">Others of them.</param>
internal sealed record FilterImages(IReadOnlyList<Raster> Fitted, IReadOnlyList<Raster> Judged)
{
    // Fewer than this decide nothing: a filter that helps them may harm all others.
    private const int FewestJudges = 8;

    // Of fewer images than this times the spacing, more than one in the spacing is fitted to.
    private const int FewestFitted = 16;

    /// <summary>No images: no filter is fitted to them.</summary>
    public static FilterImages None { get; } = new([], []);

    /// <summary>
    /// Divides images: one in <paramref name="spacing"/> is fitted to, and half as many others decide where the filter is kept.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="spacing">One image in this many is fitted to, where there are enough; 2 or more.</param>
    /// <returns>The two parts; <see cref="None"/> of too few images.</returns>
    public static FilterImages Divide(IEnumerable<Raster> images, int spacing)
    {
        // Smaller ones cannot be judged.
        Raster[] usable = [.. images.Where(image => Math.Min(image.Width, image.Height) >= Ssimulacra2.MinSide)];
        spacing = Math.Clamp(usable.Length / FewestFitted, 2, spacing);
        Raster[] judged = [.. usable.Where((_, index) => index % (2 * spacing) == spacing / 2)];
        return judged.Length < FewestJudges ? None : new([.. usable.Where((_, index) => index % spacing == 0)], judged);
    }
}
