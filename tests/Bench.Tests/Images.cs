using Codec.Images;
using Codec.Imaging;

namespace Bench.Tests;

/// <summary>Generated images.</summary>
internal static class Images
{
    /// <summary>Waves of two lengths.</summary>
    public static Raster Waves(int width, int height, int phase = 0)
    {
        var samples = new byte[3 * width * height];
        for (int i = 0; i < samples.Length; i++)
        {
            int c = i % 3,
                x = i / 3 % width + phase,
                y = i / 3 / width;
            samples[i] = (byte)(128 + 70 * Math.Sin((x + 5 * c) / 9.0) + 50 * Math.Cos((x + 3 * y) / 4.0));
        }

        return new Raster(width, height, 3, samples);
    }

    /// <summary>An image of one level.</summary>
    public static Raster Flat(int width, int height, byte level)
    {
        var samples = new byte[3 * width * height];
        Array.Fill(samples, level);
        return new Raster(width, height, 3, samples);
    }
}
