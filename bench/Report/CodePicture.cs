using Codec.Images;

namespace Codec.Bench.Report;

/// <summary>Draws symbols as a small square picture.</summary>
internal static class CodePicture
{
    /// <summary>Draws symbols row by row: zero white, positive red, negative blue, deeper for larger magnitudes.</summary>
    public static Raster Draw(ReadOnlySpan<short> symbols)
    {
        int side = (int)Math.Ceiling(Math.Sqrt(symbols.Length));
        var samples = new byte[side * side * 3];
        Array.Fill(samples, byte.MaxValue);
        for (int i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] == 0)
                continue;
            byte pale = (byte)(200 - Math.Min(200, 60 * Math.Log2(1 + Math.Abs((int)symbols[i]))));
            (samples[3 * i], samples[3 * i + 1], samples[3 * i + 2]) = symbols[i] > 0 ? ((byte)220, pale, pale) : (pale, pale, (byte)220);
        }

        return new Raster(side, side, 3, samples);
    }
}
