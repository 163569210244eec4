using Codec.Images;

namespace Codec.Imaging;

/// <summary>An image in linear light, 0 to 1: red, green, blue.</summary>
internal sealed record LinearImage(FloatPlane Red, FloatPlane Green, FloatPlane Blue)
{
    private const float White = 255;

    // IEC 61966-2-1.
    private const double Knee = 0.04045;
    private const double Slope = 12.92;
    private const double Offset = 0.055;
    private const double Stretch = 1.055;
    private const double Gamma = 2.4;
    private static readonly float[] Linear =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(sample => sample / 255.0)
            .Select(value => (float)ToLinear(value)),
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

    /// <summary>Converts samples that are not rounded.</summary>
    /// <param name="samples">[3, height, width]; those outside 0 to 255 are clamped.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static LinearImage Of(ReadOnlySpan<float> samples, int width, int height)
    {
        var planes = new FloatPlane[3];
        for (int c = 0; c < planes.Length; c++)
        {
            planes[c] = new FloatPlane(width, height, samples.Slice(c * width * height, width * height).ToArray());
            foreach (ref float value in planes[c].Values.AsSpan())
                value = (float)ToLinear(Math.Clamp(value, 0, White) / White);
        }

        return new LinearImage(planes[0], planes[1], planes[2]);
    }

    /// <summary>Halves the sides, by means of 2×2 pixels.</summary>
    public LinearImage Halve() => new(Red.Halve(), Green.Halve(), Blue.Halve());

    /// <summary>Adds derivatives with respect to the pixels of the halved image, as derivatives with respect to this one's.</summary>
    /// <param name="halved">The derivatives; their sides are half as long as this image's.</param>
    public LinearImage AddHalved(LinearImage halved) =>
        new(Red.AddHalved(halved.Red), Green.AddHalved(halved.Green), Blue.AddHalved(halved.Blue));

    /// <summary>Converts derivatives with respect to light, which this image holds, to derivatives with respect to samples.</summary>
    /// <param name="samples">[3, height, width]: where clamped, the derivative is 0.</param>
    /// <param name="gradient">[3, height, width]; overwritten.</param>
    public void Differentiate(ReadOnlySpan<float> samples, Span<float> gradient)
    {
        FloatPlane[] planes = [Red, Green, Blue];
        int pixels = Width * Height;
        for (int i = 0; i < samples.Length; i++)
        {
            double value = samples[i] / White,
                slope =
                    value is <= 0 or >= 1 ? 0
                    : value <= Knee ? 1 / Slope
                    : Gamma / Stretch * Math.Pow((value + Offset) / Stretch, Gamma - 1);
            gradient[i] = (float)(planes[i / pixels].Values[i % pixels] * slope / White);
        }
    }

    private static double ToLinear(double value) => value <= Knee ? value / Slope : Math.Pow((value + Offset) / Stretch, Gamma);

    private static FloatPlane Plane(Raster image, int channel)
    {
        var values = new float[image.Width * image.Height];
        for (int i = 0; i < values.Length; i++)
            values[i] = Linear[image.Samples[i * image.Channels + channel]];
        return new FloatPlane(image.Width, image.Height, values);
    }
}
