using System.Diagnostics;

namespace Codec.Server.Telemetry;

/// <summary>The stages of the work on an image or a frame: labels of their durations, and names of their spans.</summary>
internal static class Stage
{
    /// <summary>Waiting for a place in a queue and for room in memory.</summary>
    public const string Admission = "admission";

    /// <summary>Waiting in a queue for a worker.</summary>
    public const string Queue = "queue";

    /// <summary>Decoding an image file to pixels.</summary>
    public const string Read = "read";

    /// <summary>From pixels to latents.</summary>
    public const string Analysis = "analysis";

    /// <summary>From latents to a code: the choice of symbols, and their entropy coding.</summary>
    public const string Coding = "coding";

    /// <summary>From the codes of a frame to pixels.</summary>
    public const string Decode = "decode";

    /// <summary>Checking the codes of a producer's frame.</summary>
    public const string Check = "check";

    /// <summary>Storing codes durably: the wait for the writer, and its commit.</summary>
    public const string Append = "append";
}

/// <summary>What is done with an image or a code: labels.</summary>
internal static class Operation
{
    /// <summary>Pixels to a code.</summary>
    public const string Encode = "encode";

    /// <summary>A code to pixels.</summary>
    public const string Decode = "decode";

    /// <summary>A producer's code, checked.</summary>
    public const string Check = "check";
}

/// <summary>Measures a stage until it is disposed.</summary>
internal readonly struct StageTimer(ServerMeter meter, string stage, long began, Activity? span) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        span?.Dispose();
        meter.Record(stage, meter.Since(began));
    }
}
