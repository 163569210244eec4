using System.Diagnostics;

namespace Codec.Server.Telemetry;

/// <summary>The times of a batch of images that are encoded together.</summary>
internal sealed class BatchTimes
{
    private readonly ServerMeter _meter;

    /// <summary>Begins a batch.</summary>
    public BatchTimes(ServerMeter meter, int images)
    {
        (_meter, Began) = (meter, meter.Now);
        meter.Batch(images);
    }

    /// <summary>The timestamp at which it began.</summary>
    public long Began { get; }

    /// <summary>How long its analysis took.</summary>
    public TimeSpan Analysis { get; private set; }

    /// <summary>How long the choice and the coding of its symbols took.</summary>
    public TimeSpan Coding { get; private set; }

    /// <summary>Ends the batch.</summary>
    /// <param name="analysis">How long its analysis took.</param>
    public void Complete(TimeSpan analysis)
    {
        TimeSpan all = _meter.Since(Began);
        (Analysis, Coding) = (analysis, all > analysis ? all - analysis : TimeSpan.Zero);
        _meter.Record(Stage.Analysis, Analysis);
        _meter.Record(Stage.Coding, Coding);
    }
}

/// <summary>
/// Measures an image's wait for a worker, and adds that and the times of its batch to the trace of its call. Made where the call runs; used
/// by the worker, which knows no call.
/// </summary>
/// <param name="meter">Receives the times.</param>
internal sealed class JobTrace(ServerMeter meter)
{
    private readonly long _queued = meter.Now;
    private readonly Activity? _call = ServerTrace.Current;

    /// <summary>Records that a worker begins with the image.</summary>
    public void Taken(BatchTimes batch)
    {
        TimeSpan waited = meter.Since(_queued) - meter.Since(batch.Began);
        meter.Record(Stage.Queue, waited);
        meter.Trace(Stage.Queue, _call, _queued, waited);
    }

    /// <summary>
    /// Records that the image is encoded. In a grid model, whose rows alternate between analysis and coding, each span shows the sum.
    /// </summary>
    public void Encoded(BatchTimes batch)
    {
        if (_call is null)
            return;

        meter.Trace(Stage.Analysis, _call, batch.Began, batch.Analysis);
        meter.Trace(Stage.Coding, _call, batch.Began + meter.Ticks(batch.Analysis), batch.Coding);
    }
}
