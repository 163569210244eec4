using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>Makes images by formula.</summary>
internal static class TestImages
{
    /// <summary>Makes samples without smooth areas: ((31·i² + 17·i) &gt;&gt; 3) mod 256.</summary>
    public static Raster Pattern(int width, int height, int channels)
    {
        var samples = new byte[width * height * channels];
        for (long i = 0; i < samples.Length; i++)
            samples[i] = (byte)((i * i * 31 + i * 17) >> 3);
        return new Raster(width, height, channels, samples);
    }

    /// <summary>A picture without sharp edges, so that lossy files stay close to it.</summary>
    public static Raster Gradient(int width, int height)
    {
        var samples = new byte[width * height * 3];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                samples[i++] = (byte)(255 * x / width);
                samples[i++] = (byte)(255 * y / height);
                samples[i++] = (byte)(255 * (x + y) / (width + height));
            }
        }

        return new Raster(width, height, 3, samples);
    }

    /// <summary>An EXIF block that contains the orientation: TIFF, big-endian, one directory of one entry, tag 0x0112, a short.</summary>
    public static byte[] Exif(byte orientation) =>
        [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    /// <summary>Joins parts of a file.</summary>
    public static byte[] Join(byte[][] parts)
    {
        var joined = new byte[parts.Sum(part => part.Length)];
        int at = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(joined, at);
            at += part.Length;
        }

        return joined;
    }
}
