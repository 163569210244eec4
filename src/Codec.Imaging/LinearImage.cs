using Codec.Images;

namespace Codec.Imaging;

/// <summary>An image in linear light, 0 to 1: red, green, blue.</summary>
internal sealed record LinearImage(FloatPlane Red, FloatPlane Green, FloatPlane Blue)
{
    // IEC 61966-2-1.
    private static readonly float[] Linear =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(sample => sample / 255.0)
            .Select(value => (float)(value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4))),
    ];

    public int Width => Red.Width;

    public int Height => Red.Height;

    public static LinearImage Of(Raster image)
    {
        if (image.Channels == 1)
        {
            FloatPlane grey = Plane(image, 0);
            return new LinearImage(grey, grey, grey);
        }

        return new LinearImage(Plane(image, 0), Plane(image, 1), Plane(image, 2));
    }

    /// <summary>Halves the sides, by means of 2×2 pixels.</summary>
    public LinearImage Halve() => new(Red.Halve(), Green.Halve(), Blue.Halve());

    private static FloatPlane Plane(Raster image, int channel)
    {
        var values = new float[image.Width * image.Height];
        for (int i = 0; i < values.Length; i++)
            values[i] = Linear[image.Samples[i * image.Channels + channel]];
        return new FloatPlane(image.Width, image.Height, values);
    }
}
