using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;

namespace Codec.Tool.Tests;

/// <summary>Image files that tests draw.</summary>
internal static class TestImages
{
    /// <summary>Draws a colour gradient.</summary>
    public static Raster Gradient(int width, int height)
    {
        var samples = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i += 3)
                (samples[i], samples[i + 1], samples[i + 2]) = ((byte)(255 * x / width), (byte)(255 * y / height), (byte)((x + y) % 256));
        }

        return new Raster(width, height, 3, samples);
    }

    /// <summary>Writes a gradient as PNG.</summary>
    public static string WriteGradient(this TemporaryDirectory folder, string name, int width, int height) =>
        folder.Write(name, ImageFile.EncodePng(Gradient(width, height)));
}
