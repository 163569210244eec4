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

/// <summary>Encodes image files with one model, quality and effort.</summary>
internal sealed class FileEncoder
{
    private readonly Fit _fit;

    private FileEncoder(CodecModel model, int quality, int effort, Fit fit) =>
        (Model, Quality, Effort, _fit) = (model, quality, effort, fit);

    /// <summary>The model, owned by the caller.</summary>
    public CodecModel Model { get; }

    /// <summary>The quality.</summary>
    public int Quality { get; }

    /// <summary>The effort.</summary>
    public int Effort { get; }

    /// <summary>Creates an encoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="quality">The quality; null for the middle one.</param>
    /// <param name="effort">The effort, 0 to <see cref="CodecModel.MaxEffort"/>.</param>
    /// <param name="fit">How images are brought to the size of a model that has only one.</param>
    /// <exception cref="ArgumentException">The model does not have the quality.</exception>
    public static FileEncoder Create(CodecModel model, int? quality, int effort, Fit fit)
    {
        int qualities = model.Manifest.Qualities.Count;
        int chosen = quality ?? CommonOptions.MiddleQuality(model.Manifest);
        return chosen >= 0 && chosen < qualities
            ? new FileEncoder(model, chosen, effort, fit)
            : throw new ArgumentException($"--quality {chosen} is out of range; {model.Manifest.Name} has 0 to {qualities - 1}.");
    }

    /// <summary>Reads an image file as the model takes it.</summary>
    public Raster Read(string path)
    {
        Raster image = ImageFile.Decode(InputFile.Read(path)).WithChannels(Model.Manifest.Input.Channels);
        return Model.IsFixedSize && !Model.Takes(image.Size) ? Resize(image, Model.Manifest.Input.Size) : image;
    }

    /// <summary>Reads an image file and encodes it to a code file's bytes.</summary>
    public (byte[] Bytes, ImageSize Size) Encode(string path)
    {
        Raster image = Read(path);
        return (CodecFile.Encode(Model, image, Quality, effort: Effort), image.Size);
    }

    /// <summary>Describes a file that was written.</summary>
    public EncodedFile Describe(string input, string output, int bytes, ImageSize size) =>
        new(input, output, size.Width, size.Height, bytes, Model.Manifest.Name, Model.Version.Hex, Quality);

    private Raster Resize(Raster image, ImageSize size) =>
        _fit switch
        {
            Fit.Cover => Resampler.Cover(image, size.Width, size.Height),
            Fit.Stretch => Resampler.Resize(image, size.Width, size.Height),
            _ => throw new ArgumentException(
                $"The image is {image.Size}; {Model.Manifest.Name} takes {Model.TakenSizes}. --fit cover or --fit stretch resizes it."
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
