using Codec.Images;
using Codec.Imaging;
using Codec.Server.Limits;
using Codec.Server.Options;

namespace Codec.Server.Coding;

/// <summary>An image that a model accepts.</summary>
/// <param name="Samples">width × height × channels bytes; borrowed from the request if it contained pixels.</param>
/// <param name="Size">Width and height.</param>
internal readonly record struct InputImage(ReadOnlyMemory<byte> Samples, ImageSize Size);

/// <summary>Turns images from requests into the samples that a model accepts. Files are read on the decoder's threads.</summary>
internal sealed class ImageInput(ServerLimits limits, CodingOptions options)
{
    /// <summary>Returns the number of pixels that an image declares, before anything is allocated for them.</summary>
    /// <exception cref="RequestException">InvalidArgument: the image has too many pixels.</exception>
    /// <exception cref="InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public async Task<long> CountPixelsAsync(Payer payer, ImageSource image, CancellationToken cancellationToken)
    {
        switch (image)
        {
            case FileSource file:
                // Not on the request's thread: a header can be long.
                return await limits
                    .Decoding(file.File.Length)
                    .RunAsync(payer, () => ImageFile.CountPixels(file.File.Span, Limits), cancellationToken);
            case PixelSource source:
                long pixels = (long)source.Width * source.Height;
                return pixels <= options.MaxImagePixels
                    ? pixels
                    : throw RequestException.Invalid(
                        "image.pixels",
                        $"{source.Width} × {source.Height} pixels; at most {options.MaxImagePixels} in all are allowed."
                    );
            default:
                throw new InvalidOperationException($"{image.GetType().Name} has no reader.");
        }
    }

    /// <summary>Checks the pixels, or decodes the file, of an image whose pixels were counted.</summary>
    /// <exception cref="RequestException">InvalidArgument: the model does not accept the image.</exception>
    /// <exception cref="InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public async Task<InputImage> ReadAsync(
        Payer payer,
        ImageSource image,
        long count,
        CodecModel model,
        CancellationToken cancellationToken
    ) =>
        image switch
        {
            PixelSource pixels => Check(pixels, model),
            FileSource file => await limits
                .Decoding(Math.Max(count, file.File.Length))
                .RunAsync(payer, () => Decode(file, model), cancellationToken),
            _ => throw new InvalidOperationException($"{image.GetType().Name} has no reader."),
        };

    private static InputImage Check(PixelSource pixels, CodecModel model)
    {
        var size = new ImageSize(pixels.Width, pixels.Height);
        int channels = model.Manifest.Input.Channels;
        RequireSize("image.pixels", size, model);
        if (pixels.Channels != channels)
            throw RequestException.Invalid("image.pixels.channels", $"{pixels.Channels}; the model requires {channels}.");

        return pixels.Samples.Length == size.Pixels * channels
            ? new InputImage(pixels.Samples, size)
            : throw RequestException.Invalid(
                "image.pixels.data",
                $"{pixels.Samples.Length} bytes; width × height × channels is {size.Pixels * channels}."
            );
    }

    private InputImage Decode(FileSource file, CodecModel model)
    {
        Raster image = ImageFile.Decode(file.File.Span, Limits);
        if (model.IsFixedSize)
        {
            image = file.Fit switch
            {
                FitMode.Cover => Resampler.Cover(image, model.Manifest.Input.Width, model.Manifest.Input.Height),
                FitMode.Stretch => Resampler.Resize(image, model.Manifest.Input.Width, model.Manifest.Input.Height),
                _ => image,
            };
        }

        RequireSize("image.file", image.Size, model);
        return new InputImage(image.WithChannels(model.Manifest.Input.Channels).Samples, image.Size);
    }

    private ImageLimits Limits { get; } =
        new()
        {
            MaxFileBytes = options.MaxImageFileBytes,
            MaxPixels = options.MaxImagePixels,
            MaxTime = TimeSpan.FromSeconds(options.MaxImageFileSeconds),
        };

    private static void RequireSize(string field, ImageSize size, CodecModel model)
    {
        if (!model.Takes(size))
        {
            throw RequestException.Invalid(
                field,
                $"{size.Width} × {size.Height} pixels; {model.Manifest.Name} accepts {model.TakenSizes}. "
                    + (model.IsFixedSize ? "Resize it, or send a file with a fit." : "Resize it.")
            );
        }
    }
}
