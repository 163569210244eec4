namespace Codec.Bench.Timing;

/// <summary>Quantiles of measured values.</summary>
internal static class Quantile
{
    /// <summary>The value below which a share of the values lies: 0.5 for the median.</summary>
    public static double Of(IReadOnlyCollection<double> values, double share) =>
        values.Order().ElementAt((int)(share * (values.Count - 1)));
}
