namespace Codec.Imaging;

/// <summary>For each pixel of a resized line, the contributing source pixels and their weights in 22-bit fixed point.</summary>
internal sealed class TriangleWeights
{
    // A sum has 32 bits: 8 for the sample, 22 for the fraction, 2 for the sign and overshoot.
    private const int FractionBits = 32 - 8 - 2;

    /// <summary>Half of one level: the start of a sum, so that it is rounded instead of truncated.</summary>
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
            double center = (i + 0.5) * scale;
            int first = Math.Max((int)(center - support + 0.5), 0);
            int count = Math.Min((int)(center + support + 0.5), sourceLength) - first;
            double sum = 0;
            for (int t = 0; t < count; t++)
            {
                // Multiply by the reciprocal as Pillow does, so that the weight's last bit is equal.
                double distance = Math.Abs((t + first - center + 0.5) * (1.0 / support));
                weights[t] = distance < 1.0 ? 1.0 - distance : 0.0;
                sum += weights[t];
            }

            double normalize = sum == 0.0 ? 1.0 : sum;
            for (int t = 0; t < count; t++)
                _taps[i * _tapsPerPixel + t] = (int)(0.5 + weights[t] / normalize * (1 << FractionBits));
            _first[i] = first;
            _count[i] = count;
        }
    }

    /// <summary>Gets the weights of one target pixel, and the first source pixel that they apply to.</summary>
    public ReadOnlySpan<int> At(int target, out int first)
    {
        first = _first[target];
        return _taps.AsSpan(target * _tapsPerPixel, _count[target]);
    }

    /// <summary>Converts a sum of weighted samples that started at <see cref="Half"/> to a sample.</summary>
    public static byte ToSample(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);
}
