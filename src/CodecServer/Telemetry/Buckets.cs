using System.Diagnostics.Metrics;

namespace Codec.Server.Telemetry;

/// <summary>The buckets of histograms; exporters may replace them.</summary>
internal static class Buckets
{
    /// <summary>
    /// Seconds: as OpenTelemetry advises for calls, and shorter ones, because a stage of a small image takes less than a millisecond.
    /// </summary>
    public static InstrumentAdvice<double> Seconds { get; } =
        new() { HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    /// <summary>Numbers of images, in powers of two.</summary>
    public static InstrumentAdvice<int> Counts { get; } = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] };
}
