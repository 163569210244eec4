using Codec.Images;
using Codec.Imaging;
using Codec.Server.Options;

namespace Codec.Server.Coding;

/// <summary>An image as a model takes it.</summary>
/// <param name="Samples">As many as the size and the model's channels say; borrowed from the message where it held pixels.</param>
/// <param name="Size">Width and height.</param>
internal readonly record struct InputImage(ReadOnlyMemory<byte> Samples, ImageSize Size);

/// <summary>From an image on the wire to the samples that a model takes.</summary>
internal static class ImageInput
{
    /// <summary>Counts the pixels that an image declares, before anything is allocated for them.</summary>
    /// <exception cref="RequestException">InvalidArgument: there is no image, or it has too many pixels.</exception>
    /// <exception cref="InvalidImageException">The file is no image, or exceeds a limit.</exception>
    public static long CountPixels(V1.Image? image, CodingOptions options)
    {
        switch (image?.SourceCase)
        {
            case V1.Image.SourceOneofCase.File:
                return ImageFile.CountPixels(image.File.Span, Limits(options));
            case V1.Image.SourceOneofCase.Pixels:
                long pixels = (long)image.Pixels.Width * image.Pixels.Height;
                return pixels <= options.MaxImagePixels
                    ? pixels
                    : throw RequestException.Invalid(
                        "image.pixels",
                        $"{image.Pixels.Width} × {image.Pixels.Height} pixels; at most {options.MaxImagePixels} in all are allowed."
                    );
            default:
                throw RequestException.Invalid("image", "neither pixels nor file is set; set one.");
        }
    }

    /// <summary>Checks pixels, or decodes a file, of an image that was counted.</summary>
    /// <exception cref="RequestException">InvalidArgument: the image is none that the model takes.</exception>
    /// <exception cref="InvalidImageException">The file is no image, or exceeds a limit.</exception>
    public static async Task<InputImage> ReadAsync(V1.Image image, CodecModel model, CodingOptions options) =>
        image.SourceCase == V1.Image.SourceOneofCase.Pixels
            ? Check(image.Pixels, model)
            : await Task.Run(() => Decode(image.File.Span, image.Fit, model, options));

    private static InputImage Check(V1.Pixels pixels, CodecModel model)
    {
        var size = new ImageSize(pixels.Width, pixels.Height);
        int channels = model.Manifest.Input.Channels;
        RequireSize("image.pixels", size, model);
        if (pixels.Channels != channels)
        {
            throw RequestException.Invalid("image.pixels.channels", $"{pixels.Channels}; the model takes {channels}.");
        }

        return pixels.Data.Length == size.Pixels * channels
            ? new InputImage(pixels.Data.Memory, size)
            : throw RequestException.Invalid(
                "image.pixels.data",
                $"{pixels.Data.Length} bytes; width × height × channels is {size.Pixels * channels}."
            );
    }

    private static InputImage Decode(ReadOnlySpan<byte> file, V1.Fit fit, CodecModel model, CodingOptions options)
    {
        Raster image = ImageFile.Decode(file, Limits(options));
        if (model.IsFixedSize)
        {
            image = fit switch
            {
                V1.Fit.Cover => Resampler.Cover(image, model.Manifest.Input.Width, model.Manifest.Input.Height),
                V1.Fit.Stretch => Resampler.Resize(image, model.Manifest.Input.Width, model.Manifest.Input.Height),
                _ => image,
            };
        }

        RequireSize("image.file", image.Size, model);
        return new InputImage(image.WithChannels(model.Manifest.Input.Channels).Samples, image.Size);
    }

    private static ImageLimits Limits(CodingOptions options) =>
        new() { MaxFileBytes = options.MaxImageFileBytes, MaxPixels = options.MaxImagePixels };

    private static void RequireSize(string field, ImageSize size, CodecModel model)
    {
        if (!model.Takes(size))
        {
            throw RequestException.Invalid(
                field,
                $"{size.Width} × {size.Height} pixels; {model.Manifest.Name} takes {model.TakenSizes}. "
                    + (model.IsFixedSize ? "Resize it, or send a file with a fit." : "Resize it.")
            );
        }
    }
}
