using Codec.Filtering;

namespace Codec.Tests.Filtering;

/// <summary>
/// Filters exactly as docs/format.md, "Post-filter", describes, on whole planes and in double precision. It shares only the tables with the
/// product.
/// </summary>
internal static class ReferenceFilter
{
    /// <summary>Filters planes, [P][height][width].</summary>
    public static float[] Run(FilterTables tables, int quality, float[] planes, int width, int height)
    {
        FilterQuality entry = tables.Qualities[quality];
        var filtered = new float[planes.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double[] weights = Filters(x / 8, y / 8) ? Weights(tables, entry, x / 8, y / 8) : new double[tables.Features];
                int used = 0;
                for (int p = 0; p < tables.Planes; p++)
                {
                    FilterTap[] taps = tables.Taps[p];
                    double v = At(p, y, x),
                        sum = v;
                    for (int k = 0; k < taps.Length; k++)
                    {
                        double a = At(p, y + taps[k].Down, x + taps[k].Across) - v,
                            b = At(p, y - taps[k].Down, x - taps[k].Across) - v,
                            c = entry.Clips[p];
                        sum +=
                            weights[used + k] * (a + b) + weights[used + taps.Length + k] * (Math.Clamp(a, -c, c) + Math.Clamp(b, -c, c));
                    }

                    filtered[(p * height + y) * width + x] = (float)sum;
                    used += 2 * taps.Length;
                }
            }
        }

        return filtered;

        bool Filters(int column, int row)
        {
            if ((long)width * height <= entry.Pixels)
                return true;
            (float least, float most) = (float.MaxValue, float.MinValue);
            for (int y = Math.Max(0, 8 * row - 4); y < Math.Min(height, 8 * row + 12); y++)
            {
                for (int x = Math.Max(0, 8 * column - 4); x < Math.Min(width, 8 * column + 12); x++)
                    (least, most) = (Math.Min(least, planes[y * width + x]), Math.Max(most, planes[y * width + x]));
            }

            return most - least >= entry.Contrast;
        }

        double At(int plane, int y, int x) => planes[(plane * height + Mirror(y, height)) * width + Mirror(x, width)];

        double[] Weights(FilterTables all, FilterQuality of, int column, int row)
        {
            var sums = new double[4];
            int count = 0;
            for (int y = Math.Max(0, 8 * row - 2); y < Math.Min(height, 8 * row + 10); y++)
            {
                for (int x = Math.Max(0, 8 * column - 2); x < Math.Min(width, 8 * column + 10); x++, count++)
                {
                    (int Down, int Across)[] ways = [(0, 1), (1, 0), (1, 1), (1, -1)];
                    for (int o = 0; o < 4; o++)
                    {
                        // Version 2 has a table of analysis, and measures all planes.
                        for (int p = 0; p < (all.Analysis is null ? 1 : all.Planes); p++)
                        {
                            sums[o] += Math.Abs(
                                2 * At(p, y, x) - At(p, y + ways[o].Down, x + ways[o].Across) - At(p, y - ways[o].Down, x - ways[o].Across)
                            );
                        }
                    }
                }
            }

            double[] m = [.. sums.Select(sum => sum / count / of.Unit)];
            double activity = m[0] + m[1],
                d1 = (m[0] - m[1]) / (m[0] + m[1] + 0.02),
                d2 = (m[2] - m[3]) / (m[2] + m[3] + 0.02);
            double[] terms = [1, d1, d2, d1 * d1, d2 * d2],
                weights = new double[all.Features];
            for (int n = 0; n < all.Nodes.Length; n++)
            {
                for (int t = 0; t < 5; t++)
                {
                    for (int f = 0; f < weights.Length; f++)
                        weights[f] += Hat(n) * terms[t] * of.Weights[(n * 5 + t) * weights.Length + f];
                }
            }

            return weights;

            // 1 at its own node, 0 at all others, linear between nodes, and constant past the outer ones.
            double Hat(int n)
            {
                float[] nodes = all.Nodes;
                if (activity <= nodes[n])
                    return n == 0 ? 1 : Math.Max(0, (activity - nodes[n - 1]) / (nodes[n] - nodes[n - 1]));
                return n == nodes.Length - 1 ? 1 : Math.Max(0, (nodes[n + 1] - activity) / (nodes[n + 1] - nodes[n]));
            }
        }
    }

    private static int Mirror(int position, int size)
    {
        while (position < 0 || position >= size)
            position = position < 0 ? -1 - position : 2 * size - 1 - position;
        return position;
    }
}
