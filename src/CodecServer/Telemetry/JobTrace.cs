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
internal sealed class JobTrace
{
    private readonly ServerMeter _meter;
    private readonly Activity? _call = ServerTrace.Current;
    private readonly long _queued;

    // The clock is read once, so that the spans do not overlap.
    private readonly DateTimeOffset _queuedAt;
    private TimeSpan _waited;

    /// <summary>Begins the wait.</summary>
    /// <param name="meter">Receives the times.</param>
    public JobTrace(ServerMeter meter)
    {
        (_meter, _queued) = (meter, meter.Now);
        if (_call is not null)
            _queuedAt = meter.UtcNow;
    }

    /// <summary>Ends the wait: a worker begins with the image.</summary>
    public void Taken(BatchTimes batch)
    {
        _waited = _meter.Between(_queued, batch.Began);
        _meter.Record(Stage.Queue, _waited);
        ServerTrace.Add(Stage.Queue, _call, _queuedAt, _waited);
    }

    /// <summary>
    /// Records that the image is encoded. In a grid model, whose rows alternate between analysis and coding, each span shows the sum.
    /// </summary>
    public void Encoded(BatchTimes batch)
    {
        DateTimeOffset began = _queuedAt + _waited;
        ServerTrace.Add(Stage.Analysis, _call, began, batch.Analysis);
        ServerTrace.Add(Stage.Coding, _call, began + batch.Analysis, batch.Coding);
    }
}
