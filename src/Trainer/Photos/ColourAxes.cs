namespace Codec.Trainer.Photos;

/// <summary>
/// The colour planes of a model of photographs: luminance, whose axis is grey, and two differences from it that change no luminance. So the
/// colours of a grey image are zero, and coarse steps of colour leave the luminance as it is (ADR 20).
/// </summary>
/// <param name="Analysis">[planes, channels]: row p gives plane p from the channels.</param>
/// <param name="Synthesis">[planes, channels]: row p is what one unit of plane p adds to the channels; of length 1.</param>
internal sealed record ColourAxes(double[,] Analysis, double[,] Synthesis)
{
    // The part of each channel in luminance: between those of ITU-R BT.601 and BT.709, near those of XYB.
    private static readonly double[] Luminance = [0.27, 0.64, 0.09];

    /// <summary>The axes.</summary>
    public static ColourAxes Standard { get; } = Create();

    private static ColourAxes Create()
    {
        double[][] rows =
        [
            [1, 1, 1],
            [1, -Luminance[0] / Luminance[1], 0],
            [0, -Luminance[2] / Luminance[1], 1],
        ];
        // R = Y + r, B = Y + b: the planes before scaling are Y, R − Y and B − Y.
        double[][] inverse =
        [
            Luminance,
            [1 - Luminance[0], -Luminance[1], -Luminance[2]],
            [-Luminance[0], -Luminance[1], 1 - Luminance[2]],
        ];
        var (analysis, synthesis) = (new double[3, 3], new double[3, 3]);
        for (int plane = 0; plane < 3; plane++)
        {
            double length = Math.Sqrt(rows[plane].Sum(value => value * value));
            for (int channel = 0; channel < 3; channel++)
            {
                synthesis[plane, channel] = rows[plane][channel] / length;
                analysis[plane, channel] = inverse[plane][channel] * length;
            }
        }

        return new ColourAxes(analysis, synthesis);
    }
}
