using System.Numerics;

namespace Codec.Datasets.Synthetic;

/// <summary>Small functions for painting. Colors are linear light: red, green and blue from 0 to 1.</summary>
internal static class Shade
{
    // Fine enough that the darkest entries differ by a fifth of a level.
    private static readonly byte[] Samples = [.. Enumerable.Range(0, 1 << 14).Select(i => FromLinear(i / (float)((1 << 14) - 1)))];

    /// <summary>Converts an sRGB color in hexadecimal.</summary>
    public static Vector3 Rgb(uint hex) => new(ToLinear((hex >> 16) & 255), ToLinear((hex >> 8) & 255), ToLinear(hex & 255));

    /// <summary>Converts linear light to an sRGB sample, clamped to 255.</summary>
    public static byte ToSrgb(float linear) => Samples[(int)(Math.Clamp(linear, 0, 1) * (Samples.Length - 1))];

    /// <summary>Returns 0 below the first bound, 1 above the second, and a smooth step between.</summary>
    public static float Step(float low, float high, float x)
    {
        float t = Math.Clamp((x - low) / (high - low), 0, 1);
        return t * t * (3 - 2 * t);
    }

    /// <summary>Computes a smooth hill of height 1 that reaches 0 at distance 1, in units of its half axes.</summary>
    public static float Hill(float dx, float dy, float halfWidth, float halfHeight)
    {
        float x = dx / halfWidth,
            y = dy / halfHeight;
        float t = 1 - x * x - y * y;
        return t <= 0 ? 0 : t * t;
    }

    /// <summary>Adds the slope of a <see cref="Hill"/> of this height.</summary>
    public static void AddSlope(ref Vector2 slope, float dx, float dy, float halfWidth, float halfHeight, float height)
    {
        float x = dx / halfWidth,
            y = dy / halfHeight;
        float t = 1 - x * x - y * y;
        if (t > 0)
            slope -= 4 * height * t * new Vector2(x / halfWidth, y / halfHeight);
    }

    /// <summary>Computes smooth noise from 0 to 1, with one knot at each integer.</summary>
    public static float Noise(float x, float y, uint seed)
    {
        float fx = MathF.Floor(x),
            fy = MathF.Floor(y);
        int ix = (int)fx,
            iy = (int)fy;
        float tx = Step(0, 1, x - fx),
            ty = Step(0, 1, y - fy);
        float top = Knot(ix, iy, seed) + tx * (Knot(ix + 1, iy, seed) - Knot(ix, iy, seed));
        float bottom = Knot(ix, iy + 1, seed) + tx * (Knot(ix + 1, iy + 1, seed) - Knot(ix, iy + 1, seed));
        return top + ty * (bottom - top);
    }

    private static float Knot(int x, int y, uint seed)
    {
        unchecked
        {
            uint h = ((uint)x * 0x85EBCA6B) ^ ((uint)y * 0xC2B2AE35) ^ (seed * 0x27D4EB2F);
            h = (h ^ (h >> 15)) * 0x2C1B3C6D;
            h = (h ^ (h >> 12)) * 0x297A2D39;
            return ((h ^ (h >> 15)) >> 8) * (1f / (1 << 24));
        }
    }

    // IEC 61966-2-1, in both directions.
    private static byte FromLinear(float linear) =>
        (byte)MathF.Round(255 * (linear <= 0.0031308f ? 12.92f * linear : 1.055f * MathF.Pow(linear, 1 / 2.4f) - 0.055f));

    private static float ToLinear(uint sample)
    {
        float s = sample / 255f;
        return s <= 0.04045f ? s / 12.92f : MathF.Pow((s + 0.055f) / 1.055f, 2.4f);
    }
}
