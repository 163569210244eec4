namespace Codec.Bench.Curves;

/// <summary>A codec's rate over its distortion: the logarithm of the bytes, piecewise cubic in decibels.</summary>
internal sealed class RateCurve
{
    private readonly MonotoneCubic _logBytes;

    /// <summary>Fits the curve.</summary>
    /// <param name="points">Two or more, in any order; no two of one PSNR.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, or two of one PSNR.</exception>
    public RateCurve(IEnumerable<(double Bytes, double Decibels)> points)
    {
        (double Bytes, double Decibels)[] rising = [.. points.OrderBy(point => point.Decibels)];
        _logBytes = new MonotoneCubic([.. rising.Select(point => point.Decibels)], [.. rising.Select(point => Math.Log(point.Bytes))]);
    }

    /// <summary>The PSNR of the curve's worst point.</summary>
    public double Lowest => _logBytes.First;

    /// <summary>The PSNR of the curve's best point.</summary>
    public double Highest => _logBytes.Last;

    /// <summary>Whether the curve's points reach a PSNR from both sides.</summary>
    public bool Covers(double decibels) => decibels >= Lowest && decibels <= Highest;

    /// <summary>Bytes at a PSNR.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The PSNR is outside the curve, which is not extrapolated.</exception>
    public double BytesAt(double decibels) => Math.Exp(_logBytes.At(decibels));

    /// <summary>Bjøntegaard's delta rate (VCEG-M33, 2001) with piecewise cubics, over the PSNRs that both curves reach.</summary>
    /// <param name="anchor">The curve that counts as 100 %.</param>
    /// <returns>Percent more bytes than the anchor at the same PSNR; negative is fewer.</returns>
    /// <exception cref="ArgumentException">The curves have no PSNR in common.</exception>
    public double DeltaRate(RateCurve anchor)
    {
        double low = Math.Max(Lowest, anchor.Lowest),
            high = Math.Min(Highest, anchor.Highest);
        if (!(high > low))
        {
            throw new ArgumentException(
                $"One curve reaches from {Lowest:0.00} to {Highest:0.00} dB, the other from {anchor.Lowest:0.00} to {anchor.Highest:0.00}: nothing to compare.",
                nameof(anchor)
            );
        }

        double mean = (_logBytes.Integral(low, high) - anchor._logBytes.Integral(low, high)) / (high - low);
        return 100 * (Math.Exp(mean) - 1);
    }
}
