using Codec.Images;

namespace Codec.Perception;

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
        .. Enumerable.Range(0, 256).Select(sample => sample / 255.0).Select(value => (float)ToLinear(value)),
    ];

    // The derivative with respect to a sample.
    private static readonly float[] Slopes =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(sample => sample / (double)White)
            .Select(value =>
                (float)((value <= Knee ? 1 / Slope : Gamma / Stretch * Math.Pow((value + Offset) / Stretch, Gamma - 1)) / White)
            ),
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
                value = Between(Linear, value);
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
            float slope = samples[i] is > 0 and < White ? Between(Slopes, samples[i]) : 0;
            gradient[i] = planes[i / pixels].Values[i % pixels] * slope;
        }
    }

    /// <summary>Interpolates a table of the 256 levels.</summary>
    private static float Between(float[] table, float sample)
    {
        float level = Math.Clamp(sample, 0, White);
        int lower = Math.Min((int)level, table.Length - 2);
        return table[lower] + (level - lower) * (table[lower + 1] - table[lower]);
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
