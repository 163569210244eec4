using MathNet.Numerics.Interpolation;

namespace Codec.Measurement;

/// <summary>
/// A codec's rate as a function of quality: the logarithm of the bytes, interpolated over decibels by the piecewise cubic that never
/// overshoots its points (PCHIP: Fritsch and Butland 1984).
/// </summary>
/// <remarks>MathNet's curve equals SciPy's <c>PchipInterpolator</c>, so that figures can be compared with those computed there.</remarks>
public sealed class RateCurve
{
    private readonly CubicSpline _logBytes;

    /// <summary>Fits the curve.</summary>
    /// <param name="points">Three or more, in any order, each with its own decibels.</param>
    /// <exception cref="ArgumentException">There are fewer than three points, or two with the same decibels.</exception>
    public RateCurve(IEnumerable<(double Bytes, double Decibels)> points)
    {
        (double Bytes, double Decibels)[] rising = [.. points.OrderBy(point => point.Decibels)];
        double[] decibels = [.. rising.Select(point => point.Decibels)];
        if (decibels.Length < 3)
            throw new ArgumentException($"A curve needs three points or more; {decibels.Length} were given.", nameof(points));
        for (int i = 1; i < decibels.Length; i++)
        {
            if (!(decibels[i] > decibels[i - 1]))
                throw new ArgumentException($"A curve's points need different decibels; two have {decibels[i]}.", nameof(points));
        }

        _logBytes = CubicSpline.InterpolatePchipSorted(decibels, [.. rising.Select(point => Math.Log(point.Bytes))]);
        (Lowest, Highest) = (decibels[0], decibels[^1]);
    }

    /// <summary>The decibels of the curve's worst point.</summary>
    public double Lowest { get; }

    /// <summary>The decibels of the curve's best point.</summary>
    public double Highest { get; }

    /// <summary>Whether two curves have decibels in common.</summary>
    public bool Overlaps(RateCurve other) => Math.Min(Highest, other.Highest) > Math.Max(Lowest, other.Lowest);

    /// <summary>Whether the decibels are within the curve, which is not extrapolated.</summary>
    public bool Covers(double decibels) => decibels >= Lowest && decibels <= Highest;

    /// <summary>Bytes at a quality in decibels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The decibels are outside the curve.</exception>
    public double BytesAt(double decibels) =>
        Covers(decibels)
            ? Math.Exp(_logBytes.Interpolate(decibels))
            : throw new ArgumentOutOfRangeException(
                nameof(decibels),
                decibels,
                $"The curve covers {Lowest} to {Highest} dB; it is not extrapolated."
            );

    /// <summary>Bjøntegaard's delta rate (VCEG-M33, 2001) with piecewise cubics, over the decibels that both curves cover.</summary>
    /// <param name="anchor">The curve that counts as 100 %.</param>
    /// <returns>Percent more bytes than the anchor at the same quality; negative is fewer.</returns>
    /// <exception cref="ArgumentException">The curves have no decibels in common.</exception>
    public double DeltaRate(RateCurve anchor)
    {
        double low = Math.Max(Lowest, anchor.Lowest),
            high = Math.Min(Highest, anchor.Highest);
        if (!(high > low))
        {
            throw new ArgumentException(
                $"One curve covers {Lowest:0.00} to {Highest:0.00} dB, the other {anchor.Lowest:0.00} to {anchor.Highest:0.00}: they do not overlap.",
                nameof(anchor)
            );
        }

        double mean = (_logBytes.Integrate(low, high) - anchor._logBytes.Integrate(low, high)) / (high - low);
        return 100 * (Math.Exp(mean) - 1);
    }
}
