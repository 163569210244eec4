namespace Codec.Perception;

/// <summary>An image in XYB, JPEG XL's model of the cones' answers, scaled to about 0 to 1 as SSIMULACRA 2 expects.</summary>
/// <param name="Channels">Red–green, luma, blue–yellow.</param>
internal sealed record XybImage(IReadOnlyList<FloatPlane> Channels)
{
    // Cone responses to red, green and blue, and the bias, of libjxl's opsin parameters.
    private const float LongRed = 0.30f,
        LongGreen = 0.622f,
        LongBlue = 0.078f;
    private const float MediumRed = 0.23f,
        MediumGreen = 0.692f,
        MediumBlue = 0.078f;
    private const float ShortRed = 0.24342268924547819f,
        ShortGreen = 0.20476744424496821f,
        ShortBlue = 0.55180986650955360f;
    private const float Bias = 0.0037930732552754493f;

    private const float RedGreenUnit = 14;

    private static readonly float BiasRoot = MathF.Cbrt(Bias);

    public static XybImage Of(LinearImage image)
    {
        int pixels = image.Width * image.Height;
        float[] x = new float[pixels],
            y = new float[pixels],
            b = new float[pixels];
        for (int i = 0; i < pixels; i++)
        {
            float red = image.Red.Values[i],
                green = image.Green.Values[i],
                blue = image.Blue.Values[i];
            float longCone = MathF.Cbrt(LongRed * red + LongGreen * green + LongBlue * blue + Bias) - BiasRoot,
                mediumCone = MathF.Cbrt(MediumRed * red + MediumGreen * green + MediumBlue * blue + Bias) - BiasRoot,
                shortCone = MathF.Cbrt(ShortRed * red + ShortGreen * green + ShortBlue * blue + Bias) - BiasRoot;
            float luma = (longCone + mediumCone) / 2;
            x[i] = (longCone - mediumCone) / 2 * RedGreenUnit + 0.42f;
            y[i] = luma + 0.01f;
            b[i] = shortCone - luma + 0.55f;
        }

        return new XybImage([Plane(x), Plane(y), Plane(b)]);

        FloatPlane Plane(float[] values) => new(image.Width, image.Height, values);
    }

    /// <summary>Converts derivatives with respect to the channels of XYB to derivatives with respect to light.</summary>
    /// <param name="image">Where they are taken.</param>
    /// <param name="slopes">The derivatives by channel: red–green, luma, blue–yellow.</param>
    public static LinearImage Differentiate(LinearImage image, FloatPlane[] slopes)
    {
        int pixels = image.Width * image.Height;
        float[] byRed = new float[pixels],
            byGreen = new float[pixels],
            byBlue = new float[pixels];
        for (int i = 0; i < pixels; i++)
        {
            float red = image.Red.Values[i],
                green = image.Green.Values[i],
                blue = image.Blue.Values[i];
            float halfLuma = (slopes[1].Values[i] - slopes[2].Values[i]) / 2,
                redGreen = RedGreenUnit / 2 * slopes[0].Values[i];
            float byLong = (halfLuma + redGreen) * RootSlope(LongRed * red + LongGreen * green + LongBlue * blue),
                byMedium = (halfLuma - redGreen) * RootSlope(MediumRed * red + MediumGreen * green + MediumBlue * blue),
                byShort = slopes[2].Values[i] * RootSlope(ShortRed * red + ShortGreen * green + ShortBlue * blue);
            byRed[i] = LongRed * byLong + MediumRed * byMedium + ShortRed * byShort;
            byGreen[i] = LongGreen * byLong + MediumGreen * byMedium + ShortGreen * byShort;
            byBlue[i] = LongBlue * byLong + MediumBlue * byMedium + ShortBlue * byShort;
        }

        return new LinearImage(Plane(byRed), Plane(byGreen), Plane(byBlue));

        FloatPlane Plane(float[] values) => new(image.Width, image.Height, values);

        static float RootSlope(float response)
        {
            float root = MathF.Cbrt(response + Bias);
            return 1 / (3 * root * root);
        }
    }
}
