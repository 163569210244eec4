using System.Numerics;

namespace Codec.Perception;

/// <summary>One channel of an image as floats, rows from the top.</summary>
internal readonly record struct FloatPlane(int Width, int Height, float[] Values)
{
    // The Gaussian of σ = 1.5 as a sum of three cosines that end at 5 pixels (Charalampidis 2016), which libjxl computes recursively: the
    // weights at distances 0 to 4. Outside of the plane values count as zero.
    private static readonly float[] Gaussian = [0.2646211f, 0.2129286f, 0.1093354f, 0.0360111f, 0.0094144f];

    public static FloatPlane operator *(FloatPlane x, FloatPlane y)
    {
        var values = new float[x.Values.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = x.Values[i] * y.Values[i];
        return x with { Values = values };
    }

    /// <summary>Computes the Gaussian mean at every pixel, as SSIMULACRA 2 does.</summary>
    public FloatPlane Blur()
    {
        int reach = Gaussian.Length - 1;
        var blurred = new float[Values.Length];
        // A column's sums with room for the row's ends, which stay zero.
        var column = new float[Width + 2 * reach];
        for (int y = 0; y < Height; y++)
        {
            Span<float> sums = column.AsSpan(reach, Width);
            sums.Clear();
            for (int row = Math.Max(0, y - reach); row <= Math.Min(Height - 1, y + reach); row++)
                AddScaled(Values.AsSpan(row * Width, Width), Gaussian[Math.Abs(row - y)], sums);
            for (int offset = -reach; offset <= reach; offset++)
                AddScaled(column.AsSpan(reach + offset, Width), Gaussian[Math.Abs(offset)], blurred.AsSpan(y * Width, Width));
        }

        return this with
        {
            Values = blurred,
        };
    }

    /// <summary>Halves the sides by means of 2×2 pixels; an odd edge is repeated.</summary>
    public FloatPlane Halve()
    {
        int width = (Width + 1) / 2,
            height = (Height + 1) / 2;
        var half = new float[width * height];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> upper = Values.AsSpan(2 * y * Width, Width),
                lower = Values.AsSpan(Math.Min(2 * y + 1, Height - 1) * Width, Width);
            for (int x = 0; x < width; x++)
            {
                int left = 2 * x,
                    right = Math.Min(left + 1, Width - 1);
                half[y * width + x] = (upper[left] + upper[right] + lower[left] + lower[right]) / 4;
            }
        }

        return new FloatPlane(width, height, half);
    }

    /// <summary>Adds the transpose of <see cref="Halve"/>: a quarter of each pixel to every pixel that it is the mean of.</summary>
    /// <param name="half">A plane whose sides are half as long.</param>
    public FloatPlane AddHalved(FloatPlane half)
    {
        float[] sums = [.. Values];
        for (int y = 0; y < half.Height; y++)
        {
            int upper = 2 * y * Width,
                lower = Math.Min(2 * y + 1, Height - 1) * Width;
            for (int x = 0; x < half.Width; x++)
            {
                float quarter = half.Values[y * half.Width + x] / 4;
                int left = 2 * x,
                    right = Math.Min(left + 1, Width - 1);
                sums[upper + left] += quarter;
                sums[upper + right] += quarter;
                sums[lower + left] += quarter;
                sums[lower + right] += quarter;
            }
        }

        return this with
        {
            Values = sums,
        };
    }

    /// <summary>Adds scaled values to sums of the same length.</summary>
    public static void AddScaled(ReadOnlySpan<float> values, float factor, Span<float> sums)
    {
        // Whole vectors first, then the remainder one by one.
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + new Vector<float>(values[i..]) * factor).CopyTo(sums[i..]);
        for (; i < values.Length; i++)
            sums[i] += values[i] * factor;
    }
}
