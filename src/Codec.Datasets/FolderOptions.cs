using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets;

/// <summary>What becomes of an image that has another shape than the size asked for.</summary>
public enum FitRule
{
    /// <summary>The longer side is cropped at both ends: nothing is distorted, edges are lost.</summary>
    Crop,

    /// <summary>Nothing is lost or distorted: the rest is filled with white.</summary>
    Pad,

    /// <summary>Nothing is lost or filled: the image is distorted.</summary>
    Stretch,
}

/// <summary>How the files of a folder become images.</summary>
public sealed record FolderOptions
{
    /// <summary>The size to which every image is brought; null keeps each image's own.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>How an image of another shape is brought to the size.</summary>
    public FitRule Fit { get; init; } = FitRule.Crop;

    /// <summary>1 makes every image grey, 3 gives every image three channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Whether an image that cannot be read throws; otherwise it is skipped and listed.</summary>
    public bool Strict { get; init; }

    /// <summary>
    /// Whether the images come in the order of the hash of their paths, so that the first ones are a sample of the whole folder; otherwise
    /// in ordinal order of their paths.
    /// </summary>
    public bool Spread { get; init; }

    /// <summary>Bounds on each file.</summary>
    public ImageLimits Limits { get; init; } = new() { Formats = ImageFormats.All };

    /// <summary>Brings an image to the size and the channels.</summary>
    public Raster Apply(Raster image)
    {
        ArgumentNullException.ThrowIfNull(image);
        image = image.WithChannels(Channels);
        if (Size is not { } size)
            return image;
        return Fit switch
        {
            FitRule.Stretch => Resampler.Resize(image, size.Width, size.Height),
            FitRule.Pad => Padded(image, size),
            _ => Resampler.Cover(image, size.Width, size.Height),
        };
    }

    private static Raster Padded(Raster image, ImageSize size)
    {
        double scale = Math.Min((double)size.Width / image.Width, (double)size.Height / image.Height);
        int width = Math.Clamp((int)Math.Round(image.Width * scale), 1, size.Width),
            height = Math.Clamp((int)Math.Round(image.Height * scale), 1, size.Height),
            channels = image.Channels;
        Raster part = Resampler.Resize(image, width, height);
        var padded = new Raster(size.Width, size.Height, channels, new byte[size.Pixels * channels]);
        padded.Samples.AsSpan().Fill(byte.MaxValue);
        int left = (size.Width - width) / 2,
            top = (size.Height - height) / 2;
        for (int y = 0; y < height; y++)
        {
            part.Samples.AsSpan(y * width * channels, width * channels)
                .CopyTo(padded.Samples.AsSpan(((top + y) * size.Width + left) * channels));
        }

        return padded;
    }
}
