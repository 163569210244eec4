namespace Codec.Imaging.Tests;

/// <summary>
/// Converts colours by the definitions of ITU-T H.273: curve → linear → XYZ → linear Rec. 709, clipped → sRGB. Doubles, no library. The
/// primaries here all have the white of D65, so that no adaptation is needed.
/// </summary>
internal static class ReferenceColor
{
    public const byte Bt709 = 1;
    public const byte Bt2020 = 9;
    public const byte P3 = 12;

    public const byte Gamma22Curve = 4;
    public const byte LinearCurve = 8;
    public const byte SrgbCurve = 13;

    public static byte[] ToSrgb(byte[] rgb, byte primaries, byte curve)
    {
        double[] linear = [.. rgb.Select(sample => Linear(sample / 255.0, curve))];
        double[] xyz = Multiply(ToXyz(primaries), linear);
        double[] target = Solve(ToXyz(Bt709), xyz);
        return [.. target.Select(value => (byte)Math.Round(255 * Encode(Math.Clamp(value, 0, 1))))];
    }

    private static double Linear(double value, byte curve) =>
        curve switch
        {
            LinearCurve => value,
            Gamma22Curve => Math.Pow(value, 2.2),
            _ => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4),
        };

    private static double Encode(double value) => value <= 0.0031308 ? 12.92 * value : 1.055 * Math.Pow(value, 1 / 2.4) - 0.055;

    // Column c of the matrix is the XYZ of primary c at its full intensity; all three add up to white.
    private static double[,] ToXyz(byte primaries)
    {
        (double X, double Y)[] points = primaries switch
        {
            Bt709 => [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)],
            Bt2020 => [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)],
            _ => [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)],
        };
        var matrix = new double[3, 3];
        for (int c = 0; c < 3; c++)
            (matrix[0, c], matrix[1, c], matrix[2, c]) = (points[c].X / points[c].Y, 1, (1 - points[c].X - points[c].Y) / points[c].Y);
        const double X = 0.3127,
            Y = 0.3290;
        double[] scales = Solve(matrix, [X / Y, 1, (1 - X - Y) / Y]);
        for (int c = 0; c < 3; c++)
        {
            for (int r = 0; r < 3; r++)
                matrix[r, c] *= scales[c];
        }

        return matrix;
    }

    private static double[] Multiply(double[,] matrix, double[] vector) =>
        [.. Enumerable.Range(0, 3).Select(r => matrix[r, 0] * vector[0] + matrix[r, 1] * vector[1] + matrix[r, 2] * vector[2])];

    // Cramer's rule.
    private static double[] Solve(double[,] matrix, double[] vector)
    {
        double all = Determinant(matrix);
        return
        [
            .. Enumerable
                .Range(0, 3)
                .Select(c =>
                {
                    var replaced = (double[,])matrix.Clone();
                    for (int r = 0; r < 3; r++)
                        replaced[r, c] = vector[r];
                    return Determinant(replaced) / all;
                }),
        ];
    }

    private static double Determinant(double[,] m) =>
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0]);
}
