namespace Codec.Trainer.Evaluation;

/// <summary>Bytes at a PSNR, from as few as two measured points: the logarithm of the bytes is interpolated linearly.</summary>
internal static class RateLine
{
    // A model of almost the same qualities is compared at them: outside its points by less than this, in dB.
    private const double Beyond = 1;

    /// <summary>The bytes more than another model at the same PSNR, as a part: the mean over the qualities.</summary>
    /// <returns>Null if no PSNR can be compared.</returns>
    public static double? MoreBytes((double Bytes, double Decibels)[] than, (double Bytes, double Decibels)[] points)
    {
        double[] ratios = [.. points.Select(point => point.Bytes / BytesAt(than, point.Decibels)).Where(double.IsFinite)];
        return ratios.Length > 0 ? ratios.Average() - 1 : null;
    }

    /// <summary>Interpolates.</summary>
    /// <param name="points">Bytes and PSNRs.</param>
    /// <param name="decibels">The PSNR.</param>
    /// <returns>NaN if the points do not come near the PSNR, or are fewer than two.</returns>
    public static double BytesAt(IEnumerable<(double Bytes, double Decibels)> points, double decibels)
    {
        (double Bytes, double Decibels)[] rising = [.. points.OrderBy(point => point.Decibels)];
        if (rising.Length < 2 || decibels < rising[0].Decibels - Beyond || decibels > rising[^1].Decibels + Beyond)
            return double.NaN;
        int next = Math.Clamp(Array.FindIndex(rising, point => point.Decibels >= decibels), 1, rising.Length - 1);
        if (decibels > rising[^1].Decibels)
            next = rising.Length - 1;
        (double Bytes, double Decibels) low = rising[next - 1],
            high = rising[next];
        double part = (decibels - low.Decibels) / (high.Decibels - low.Decibels);
        return Math.Exp(Math.Log(low.Bytes) + part * Math.Log(high.Bytes / low.Bytes));
    }
}
