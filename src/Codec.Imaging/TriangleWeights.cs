namespace Codec.Imaging;

/// <summary>For each pixel of a resized line: which source pixels count, and how much, in 22-bit fixed point.</summary>
internal sealed class TriangleWeights
{
    // 8 bits of sample, 22 of fraction, and 2 to spare for sign and overshoot.
    private const int FractionBits = 32 - 8 - 2;

    /// <summary>Half of one grey level: where a sum starts, so that it is rounded and not cut.</summary>
    public const int Half = 1 << (FractionBits - 1);

    private readonly int _tapsPerPixel;
    private readonly int[] _first;
    private readonly int[] _count;
    private readonly int[] _taps;

    public TriangleWeights(int sourceLength, int targetLength)
    {
        double scale = (double)sourceLength / targetLength;
        double support = Math.Max(scale, 1.0);
        _tapsPerPixel = (int)Math.Ceiling(support) * 2 + 1;
        _first = new int[targetLength];
        _count = new int[targetLength];
        _taps = new int[checked(targetLength * _tapsPerPixel)];

        var weights = new double[_tapsPerPixel];
        for (int i = 0; i < targetLength; i++)
        {
            double centre = (i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0);
            int count = Math.Min((int)(centre + support + 0.5), sourceLength) - first;
            double sum = 0;
            for (int t = 0; t < count; t++)
            {
                // Multiplying by the reciprocal, as Pillow does, keeps the last bit of the weight the same.
                double distance = Math.Abs((t + first - centre + 0.5) * (1.0 / support));
                weights[t] = distance < 1.0 ? 1.0 - distance : 0.0;
                sum += weights[t];
            }

            double normalise = sum == 0.0 ? 1.0 : sum;
            for (int t = 0; t < count; t++)
                _taps[i * _tapsPerPixel + t] = (int)(0.5 + weights[t] / normalise * (1 << FractionBits));
            _first[i] = first;
            _count[i] = count;
        }
    }

    /// <summary>The weights of one target pixel, and the first source pixel that they are for.</summary>
    public ReadOnlySpan<int> At(int target, out int first)
    {
        first = _first[target];
        return _taps.AsSpan(target * _tapsPerPixel, _count[target]);
    }

    /// <summary>A sum of weighted samples that began at <see cref="Half"/>, as a sample.</summary>
    public static byte ToSample(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);
}
