using Codec.Images;
using Codec.Imaging;

namespace Codec.Tool.Offline;

/// <summary>How an image is brought to the size of a model that has only one.</summary>
internal enum Fit
{
    /// <summary>An image of another size is refused.</summary>
    Exact,

    /// <summary>Scaled until it covers the size, and cropped to its middle.</summary>
    Cover,

    /// <summary>Both sides are scaled to the size.</summary>
    Stretch,
}

/// <summary>Encodes image files with one model at one quality.</summary>
internal sealed class FileEncoder(CodecModel model, int quality, Fit fit)
{
    /// <summary>Reads an image file and encodes it to a code file's bytes.</summary>
    public (byte[] Bytes, ImageSize Size) Encode(string path)
    {
        Raster image = ImageFile.Decode(InputFile.Read(path)).WithChannels(model.Manifest.Input.Channels);
        if (model.IsFixedSize && !model.Takes(image.Size))
            image = Resize(image, model.Manifest.Input.Size);
        return (CodecFile.Encode(model, image, quality), image.Size);
    }

    /// <summary>Describes a file that was written.</summary>
    public EncodedFile Describe(string input, string output, int bytes, ImageSize size) =>
        new(input, output, size.Width, size.Height, bytes, model.Manifest.Name, model.Version.Hex, quality);

    private Raster Resize(Raster image, ImageSize size) =>
        fit switch
        {
            Fit.Cover => Resampler.Cover(image, size.Width, size.Height),
            Fit.Stretch => Resampler.Resize(image, size.Width, size.Height),
            _ => throw new ArgumentException(
                $"The image is {image.Size}; {model.Manifest.Name} takes {model.TakenSizes}. --fit cover or --fit stretch resizes it."
            ),
        };
}

/// <summary>An image file that was encoded.</summary>
/// <param name="File">The image file.</param>
/// <param name="Output">The code file.</param>
/// <param name="Width">The encoded image's width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="Bytes">Bytes of the code file.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version's digest.</param>
/// <param name="Quality">The quality.</param>
internal sealed record EncodedFile(
    string File,
    string Output,
    int Width,
    int Height,
    long Bytes,
    string Model,
    string Version,
    int Quality
);
