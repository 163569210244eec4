using Codec.Images;

namespace Codec.Imaging;

/// <summary>Ways to give an image of any size the size of a model's input.</summary>
public static class ImageFit
{
    /// <summary>
    /// Cuts the longer side at both ends to the target's proportions, then resizes: nothing is distorted, edges may be lost.
    /// </summary>
    /// <param name="image">Borrowed for the call only.</param>
    /// <param name="width">Pixels in a row of the result, at least 1.</param>
    /// <param name="height">Rows of the result, at least 1.</param>
    /// <returns>A new image, or the same one when it has that size already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">width or height is not positive.</exception>
    public static Raster Cover(Raster image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);

        // The largest part with the target's proportions, in whole pixels: rounded, and never empty.
        int partWidth = image.Width,
            partHeight = image.Height;
        if ((long)image.Width * height > (long)width * image.Height)
            partWidth = (int)Math.Max(1, ((long)image.Height * width + height / 2) / height);
        else
            partHeight = (int)Math.Max(1, ((long)image.Width * height + width / 2) / width);

        Raster part =
            partWidth == image.Width && partHeight == image.Height
                ? image
                : image.Crop((image.Width - partWidth) / 2, (image.Height - partHeight) / 2, partWidth, partHeight);
        return Resampler.Resize(part, width, height);
    }

    /// <summary>Resizes to the target's size whatever the proportions: everything stays in view, shapes may be distorted.</summary>
    /// <param name="image">Borrowed for the call only.</param>
    /// <param name="width">Pixels in a row of the result, at least 1.</param>
    /// <param name="height">Rows of the result, at least 1.</param>
    /// <returns>A new image, or the same one when it has that size already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">width or height is not positive.</exception>
    public static Raster Stretch(Raster image, int width, int height) => Resampler.Resize(image, width, height);
}
