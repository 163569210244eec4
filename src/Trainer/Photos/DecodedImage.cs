using Codec.Images;
using Codec.Perception;

namespace Codec.Trainer.Photos;

/// <summary>An image, and what a decoder without a filter restores from its code.</summary>
/// <param name="Original">The image, of three channels.</param>
/// <param name="Planes">[planes, height, width]: decoded, not rounded, because a filter sees them so; without the offset.</param>
internal sealed record DecodedImage(Raster Original, float[] Planes)
{
    /// <summary>Encodes an image, and decodes it.</summary>
    /// <returns>Null where the code is a palette code, which no filter changes.</returns>
    public static DecodedImage? Of(CodecModel model, Raster image, int quality) =>
        model.DecodePlanes(model.Encode(image.Samples, image.Width, image.Height, quality), quality) is { } planes
            ? new DecodedImage(image, planes)
            : null;

    /// <summary>
    /// Cuts one axis of every second image of a list to two thirds: SSIMULACRA 2 compares images of few lines at fewer scales, and weighs
    /// these in another way, so that a filter is to be good at both.
    /// </summary>
    /// <param name="index">The image's index in the list.</param>
    public DecodedImage Shortened(int index)
    {
        (int width, int height) = (Original.Width, Original.Height);
        return (index % 4) switch
        {
            1 => Cut(0, 0, Math.Max(Ssimulacra2Score.MinSide, width * 2 / 3), height),
            3 => Cut(0, 0, width, Math.Max(Ssimulacra2Score.MinSide, height * 2 / 3)),
            _ => this,
        };
    }

    /// <summary>Cuts a part out.</summary>
    public DecodedImage Cut(int x, int y, int width, int height)
    {
        (ImageSize size, int channels) = (Original.Size, Original.Channels);
        var samples = new byte[width * height * channels];
        var planes = new float[Planes.Length / size.Pixels * width * height];
        for (int i = 0; i < height; i++)
        {
            Original.Samples.AsSpan(((y + i) * size.Width + x) * channels, width * channels).CopyTo(samples.AsSpan(i * width * channels));
            for (int plane = 0; plane < planes.Length / (width * height); plane++)
                Planes.AsSpan((plane * size.Height + y + i) * size.Width + x, width).CopyTo(planes.AsSpan((plane * height + i) * width));
        }

        return new DecodedImage(new Raster(width, height, channels, samples), planes);
    }
}
