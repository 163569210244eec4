using Codec.Images;
using Codec.Models;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace Codec.Client.ImageSharp;

/// <summary>Converts between images of SixLabors.ImageSharp and those of the codec.</summary>
public static class ImageSharpExtensions
{
    extension(ImageSource)
    {
        /// <summary>
        /// Creates an image to send from an image of ImageSharp, whose pixels are copied: grey from <c>L8</c> and <c>L16</c>, otherwise
        /// red, green and blue.
        /// </summary>
        /// <remarks>
        /// Transparent pixels are sent over white. ImageSharp 2 neither converts color profiles nor turns photographs when it reads a
        /// file, so call <c>AutoOrient</c> on photographs; or send the file itself with <see cref="ImageSource.FromFile"/>, which has
        /// fewer bytes and which the server converts and turns.
        /// </remarks>
        /// <param name="image">The image; borrowed for the call only.</param>
        /// <exception cref="ArgumentException">A side exceeds <see cref="ModelLimits.MaxImageSide"/> pixels.</exception>
        public static ImageSource From(Image image)
        {
            ArgumentNullException.ThrowIfNull(image);
            // Before the samples are copied: a picture of ImageSharp may be larger than one array.
            if (Math.Max(image.Width, image.Height) > ModelLimits.MaxImageSide)
            {
                throw new ArgumentException(
                    $"The image is {image.Width}×{image.Height}; an image is 1 to {ModelLimits.MaxImageSide} pixels wide and high. Resize it first.",
                    nameof(image)
                );
            }

            bool isGrey = image is Image<L8> or Image<L16>;
            byte[] samples = isGrey ? CopyGrey(image) : CopyColor(image);
            // Unshared samples: no copy is needed.
            return ImageSource.BorrowPixels(samples, image.Width, image.Height, isGrey ? 1 : 3);
        }
    }

    /// <summary>Copies a decoded image into an image of ImageSharp, which the caller disposes.</summary>
    /// <param name="decoded">The image of a channel.</param>
    public static Image<Rgb24> ToImage(this DecodedImage decoded)
    {
        ArgumentNullException.ThrowIfNull(decoded);
        return Load(decoded.Pixels.Span, decoded.Width, decoded.Height, decoded.Channels);
    }

    /// <summary>Copies a raster into an image of ImageSharp, which the caller disposes.</summary>
    /// <param name="raster">The image, such as a local model decodes.</param>
    public static Image<Rgb24> ToImage(this Raster raster)
    {
        ArgumentNullException.ThrowIfNull(raster);
        return Load(raster.Samples, raster.Width, raster.Height, raster.Channels);
    }

    private static Image<Rgb24> Load(ReadOnlySpan<byte> samples, int width, int height, int channels)
    {
        if (channels == 3)
            return Image.LoadPixelData<Rgb24>(samples, width, height);
        using Image<L8> grey = Image.LoadPixelData<L8>(samples, width, height);
        return grey.CloneAs<Rgb24>();
    }

    private static byte[] CopyGrey(Image image)
    {
        using Image<L8> grey = image.CloneAs<L8>();
        var samples = new byte[image.Width * image.Height];
        grey.CopyPixelDataTo(samples);
        return samples;
    }

    private static byte[] CopyColor(Image image)
    {
        using Image<Rgba32> opaque = image.CloneAs<Rgba32>();
        opaque.Mutate(context => context.BackgroundColor(Color.White));
        using Image<Rgb24> color = opaque.CloneAs<Rgb24>();
        var samples = new byte[image.Width * image.Height * 3];
        color.CopyPixelDataTo(samples);
        return samples;
    }
}
