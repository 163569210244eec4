using Codec.Imaging;
using Codec.Server.Options;

namespace Codec.Server.Coding;

/// <summary>From an image on the wire to the samples that a model takes.</summary>
internal static class ImageInput
{
    /// <summary>Checks pixels, or decodes a file, bounded before anything is allocated.</summary>
    /// <returns>As many samples as the geometry has, in its order.</returns>
    /// <exception cref="RequestException">InvalidArgument: there is no image, or its size is not the model's.</exception>
    /// <exception cref="InvalidImageException">The file is no image, or exceeds a limit.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(V1.Image? image, ImageGeometry geometry, CodingOptions options) => image switch
    {
        { SourceCase: V1.Image.SourceOneofCase.Pixels } => Check(image.Pixels, geometry),
        { SourceCase: V1.Image.SourceOneofCase.File } => await Task.Run(() => Decode(image.File.Span, image.Fit, geometry, options)),
        _ => throw RequestException.Invalid("image", "neither pixels nor file is set; set one."),
    };

    private static ReadOnlyMemory<byte> Check(V1.Pixels pixels, ImageGeometry geometry)
    {
        RequireSize("image.pixels", pixels.Width, pixels.Height, geometry);
        if (pixels.Channels != geometry.Channels)
        {
            throw RequestException.Invalid("image.pixels.channels", $"{pixels.Channels}; the model takes {geometry.Channels}.");
        }

        return pixels.Data.Length == geometry.Samples
            ? pixels.Data.Memory
            : throw RequestException.Invalid("image.pixels.data", $"{pixels.Data.Length} bytes; width × height × channels is {geometry.Samples}.");
    }

    private static ReadOnlyMemory<byte> Decode(ReadOnlySpan<byte> file, V1.Fit fit, ImageGeometry geometry, CodingOptions options)
    {
        var limits = new ImageLimits { MaxFileBytes = options.MaxImageFileBytes, MaxPixels = options.MaxImagePixels };
        PixelImage image = ImageFile.Decode(file, limits);
        switch (fit)
        {
            case V1.Fit.Cover:
                image = ImageFit.Cover(image, geometry.Width, geometry.Height);
                break;
            case V1.Fit.Stretch:
                image = ImageFit.Stretch(image, geometry.Width, geometry.Height);
                break;
            default:
                RequireSize("image.file", image.Width, image.Height, geometry);
                break;
        }

        return image.WithChannels(geometry.Channels).Samples;
    }

    private static void RequireSize(string field, int width, int height, ImageGeometry geometry)
    {
        if (width != geometry.Width || height != geometry.Height)
        {
            throw RequestException.Invalid(
                field, $"{width} × {height} pixels; the model takes {geometry.Width} × {geometry.Height}. Resize it, or send a file with a fit.");
        }
    }
}
