using Codec.Images;
using Codec.Imaging;
using Codec.Server.Limits;
using Codec.Server.Options;

namespace Codec.Server.Coding;

/// <summary>An image that a model accepts, or several of one size.</summary>
/// <param name="Samples">width × height × channels bytes of each image; borrowed from the request if it contained pixels.</param>
/// <param name="Size">Width and height of each.</param>
/// <param name="Count">Number of images.</param>
/// <param name="Owner">Owns the samples; null if the request or the garbage collector does.</param>
internal readonly record struct InputImage(ReadOnlyMemory<byte> Samples, ImageSize Size, int Count = 1, IDisposable? Owner = null)
    : IDisposable
{
    public void Dispose() => Owner?.Dispose();
}

/// <summary>Turns images from requests into the samples that a model accepts. Files are read on the decoder's threads.</summary>
internal sealed class ImageInput(ServerLimits limits, CodingOptions options)
{
    /// <summary>Returns the size that an image declares and the most that it will take, before anything is allocated for it.</summary>
    /// <exception cref="RequestException">InvalidArgument: the image has too many pixels, or takes more than all images may.</exception>
    /// <exception cref="InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public async Task<ImageCost> MeasureAsync(Payer payer, ImageSource image, CancellationToken cancellationToken)
    {
        switch (image)
        {
            case FileSource file:
                // Not on the request's thread: a header can be long.
                ImageCost cost = await limits
                    .Decoding(file.File.Length)
                    .RunAsync(payer, () => ImageFile.Measure(file.File.Span, Limits), cancellationToken);
                return cost.PeakBytes <= options.ImageBytes
                    ? cost
                    : throw RequestException.Invalid(
                        "image.file",
                        $"reading it takes {cost.PeakBytes} bytes of memory; at most {options.ImageBytes} are allowed. Shrink it, or store it "
                            + "without interlacing (PNG) or progressive scans (JPEG). --image-bytes sets the limit."
                    );
            case PixelSource source:
                var size = new ImageSize(source.Width, source.Height);
                RequireTogether(size, source.Count);
                return size.Pixels <= options.MaxImagePixels
                    ? new ImageCost(size, 2L * source.Samples.Length) // A batch is copied.
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

        long samples = size.Pixels * channels * pixels.Count;
        return pixels.Samples.Length == samples
            ? new InputImage(pixels.Samples, size, pixels.Count)
            : throw RequestException.Invalid(
                "image.pixels.data",
                $"{pixels.Samples.Length} bytes; width × height × channels {(pixels.Count > 1 ? "× images " : "")}is {samples}."
            );
    }

    private InputImage Decode(FileSource file, CodecModel model)
    {
        PixelBuffer image = ImageFile.Read(file.File.Span, Limits);
        try
        {
            int channels = model.Manifest.Input.Channels;
            if (model.IsFixedSize && file.Fit != FitMode.None)
            {
                Raster fitted = Fit(image, file.Fit, model.Manifest.Input).WithChannels(channels);
                ((IDisposable)image).Dispose();
                return new InputImage(fitted.Samples, fitted.Size);
            }

            RequireSize("image.file", image.Size, model);
            image = image.WithChannels(channels);
            return new InputImage(image.Memory, image.Size, Owner: image);
        }
        catch
        {
            ((IDisposable)image).Dispose();
            throw;
        }
    }

    private static Raster Fit(PixelBuffer image, FitMode fit, ImageGeometry input) =>
        fit == FitMode.Cover ? Resampler.Cover(image, input.Width, input.Height) : Resampler.Resize(image, input.Width, input.Height);

    private ImageLimits Limits { get; } =
        new()
        {
            MaxFileBytes = options.MaxImageFileBytes,
            MaxPixels = options.MaxImagePixels,
            MaxTime = TimeSpan.FromSeconds(options.MaxImageFileSeconds),
        };

    /// <summary>
    /// Bounds the images of one message: they have one turn in the encoder's queue, as one small image has, and run in one batch.
    /// </summary>
    private void RequireTogether(ImageSize size, int count)
    {
        if (count < 1 || count > options.MaxBatch || (count > 1 && size.Pixels > ServerLimits.SmallPixels / count))
        {
            throw RequestException.Invalid(
                "images",
                $"{count} images of {size} pixels; one message has 1 to {options.MaxBatch}, and several have at most "
                    + $"{ServerLimits.SmallPixels} pixels together. Send them in more messages."
            );
        }
    }

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
