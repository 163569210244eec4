using Codec.Images;
using Codec.Imaging;

namespace Codec.Bench.Photos;

/// <summary>
/// Keeps colour at half the resolution only, as cameras' JPEG files and Kodak's PhotoCD do: what predicts fine colour from luminance is
/// wrong on such pictures, which most of the photographs held out for tuning are not.
/// </summary>
internal static class HalfColour
{
    /// <summary>Replaces an image's colour by that of the image at half its size; luminance stays.</summary>
    public static Raster Of(Raster image)
    {
        Raster half = Resampler.Resize(image, (image.Width + 1) / 2, (image.Height + 1) / 2),
            coarse = Resampler.Resize(half, image.Width, image.Height);
        var samples = new byte[image.Samples.Length];
        for (int pixel = 0; pixel < samples.Length; pixel += 3)
        {
            float lacking = Luminance(image.Samples, pixel) - Luminance(coarse.Samples, pixel);
            for (int i = pixel; i < pixel + 3; i++)
                samples[i] = (byte)Math.Clamp(MathF.Round(coarse.Samples[i] + lacking), 0, 255);
        }

        return new Raster(image.Width, image.Height, 3, samples);
    }

    // ITU-R BT.601.
    private static float Luminance(byte[] samples, int pixel) =>
        0.299f * samples[pixel] + 0.587f * samples[pixel + 1] + 0.114f * samples[pixel + 2];
}
