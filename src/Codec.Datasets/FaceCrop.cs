using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets;

/// <summary>Crops a margin off all sides of a photograph of a face, and resizes the rest.</summary>
/// <param name="Margin">Pixels cropped off each side; the article's 80 leave 90×90 of 250×250.</param>
/// <param name="Width">Pixels in a row of the result.</param>
/// <param name="Height">Rows of the result.</param>
public sealed record FaceCrop(int Margin = 80, int Width = 32, int Height = 32)
{
    /// <summary>Crops and resizes a photograph; the result has 3 channels.</summary>
    /// <exception cref="DatasetException">The photograph is too small for the margin.</exception>
    public Raster Apply(Raster photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        int width = photo.Width - 2 * Margin,
            height = photo.Height - 2 * Margin;
        if (width <= 0 || height <= 0)
            throw new DatasetException($"A margin of {Margin} pixels leaves nothing of a photograph of {photo.Size}.");
        return Resampler.Resize(photo.Crop(Margin, Margin, width, height).WithChannels(3), Width, Height);
    }
}
