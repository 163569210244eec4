using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Codec.Server.Telemetry;

/// <summary>
/// Everything that the server counts and times, under one meter. What can be read at any time is not counted here but observed: see
/// <c>Telemetry/Gauges</c>.
/// </summary>
/// <remarks>
/// Labels are bounded: by the methods of our services, by constants of our code, and by <see cref="LabelBound"/> where a caller chooses the
/// name. A measurement that nobody listens to costs a few nanoseconds.
/// </remarks>
internal sealed class ServerMeter
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Codec.Server";

    /// <summary>Most names of models that are told apart in labels; the others share one.</summary>
    public const int MaxModels = 100;

    private readonly TimeProvider _time;
    private readonly LabelBound _models = new(MaxModels);
    private readonly UpDownCounter<long> _activeCalls;
    private readonly Histogram<double> _calls;
    private readonly Histogram<double> _stages;
    private readonly Histogram<int> _batches;
    private readonly Counter<long> _images;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _pixels;
    private readonly Counter<long> _codes;
    private readonly Counter<long> _saved;
    private readonly Histogram<double> _loads;
    private readonly Counter<long> _uses;
    private readonly Histogram<double> _chores;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Owns the meter.</param>
    /// <param name="time">Measures durations.</param>
    public ServerMeter(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        Meter = meters.Create(Name);
        _activeCalls = Meter.CreateUpDownCounter<long>("codec.call.active", "{call}", "Calls that are running.");
        _calls = Meter.CreateHistogram("rpc.server.call.duration", "s", "Duration of calls.", null, Buckets.Seconds);
        _stages = Meter.CreateHistogram(
            "codec.stage.duration",
            "s",
            "Duration of a stage of the work on an image or a frame; of a batch, where images are encoded together.",
            null,
            Buckets.Seconds
        );
        _batches = Meter.CreateHistogram("codec.batch.size", "{image}", "Images that were encoded together.", null, Buckets.Counts);
        _images = Meter.CreateCounter<long>("codec.images", "{image}", "Images that were encoded or decoded, and codes that were checked.");
        _refusals = Meter.CreateCounter<long>("codec.refusals", "{item}", "Images and frames that were refused, by reason.");
        _pixels = Meter.CreateCounter<long>("codec.pixels", "{pixel}", "Pixels of images that were encoded or decoded.");
        _codes = Meter.CreateCounter<long>("codec.code", "By", "Bytes of codes that were made.");
        _saved = Meter.CreateCounter<long>("codec.saved", "By", "Bytes by which codes that were made are smaller than their raw images.");
        _loads = Meter.CreateHistogram("codec.model.load.duration", "s", "Time to load a version from the store.", null, Buckets.Seconds);
        _uses = Meter.CreateCounter<long>("codec.model.uses", "{use}", "Uses of a version: a hit finds it loaded, a miss loads it.");
        _chores = Meter.CreateHistogram(
            "codec.chore.duration",
            "s",
            "Duration of the repeated work of housekeeping.",
            null,
            Buckets.Seconds
        );
    }

    /// <summary>The meter, for gauges.</summary>
    public Meter Meter { get; }

    /// <summary>The timestamp of now.</summary>
    public long Now => _time.GetTimestamp();

    /// <summary>The time since a timestamp.</summary>
    public TimeSpan Since(long began) => _time.GetElapsedTime(began);

    /// <summary>The time between two timestamps.</summary>
    public TimeSpan Between(long began, long ended) => _time.GetElapsedTime(began, ended);

    /// <summary>The time of day.</summary>
    public DateTimeOffset UtcNow => _time.GetUtcNow();

    /// <summary>Counts a call that begins.</summary>
    /// <param name="method">The method, such as <c>codec.v1.CodecService/Encode</c>.</param>
    public void CallBegan(string method) => _activeCalls.Add(1, Label("rpc.method", method));

    /// <summary>Counts a call that ends.</summary>
    /// <param name="method">The method.</param>
    /// <param name="status">The status in capitals, such as <c>INVALID_ARGUMENT</c>.</param>
    /// <param name="isError">Whether the status counts as a failure of the server.</param>
    /// <param name="began">The timestamp at which the call began.</param>
    public void CallEnded(string method, string status, bool isError, long began)
    {
        _activeCalls.Add(-1, Label("rpc.method", method));
        if (!_calls.Enabled)
            return;

        var labels = new TagList
        {
            { "rpc.system.name", "grpc" },
            { "rpc.method", method },
            { "rpc.response.status_code", status },
        };
        if (isError)
            labels.Add("error.type", status);

        _calls.Record(_time.GetElapsedTime(began).TotalSeconds, labels);
    }

    /// <summary>Measures a stage until the returned object is disposed, and adds it to the trace of the call if there is one.</summary>
    public StageTimer Time(string stage) => new(this, stage, _time.GetTimestamp(), ServerTrace.Begin(stage));

    /// <summary>Records the duration of a stage that has ended.</summary>
    /// <param name="stage">One of <see cref="Stage"/>.</param>
    /// <param name="duration">How long it took.</param>
    public void Record(string stage, TimeSpan duration) => _stages.Record(duration.TotalSeconds, Label("codec.stage", stage));

    /// <summary>Records a batch of images that were encoded together.</summary>
    public void Batch(int images) => _batches.Record(images);

    /// <summary>Counts images that were encoded.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="pixels">Their pixels.</param>
    /// <param name="raw">Their bytes as raw samples.</param>
    /// <param name="code">Bytes of their codes.</param>
    public void Encoded(string model, int images, long pixels, int raw, int code)
    {
        Counted(Operation.Encode, model, images, pixels);
        _codes.Add(code);
        _saved.Add(Math.Max(0, raw - code));
    }

    /// <summary>Counts images that were decoded, or codes that were checked.</summary>
    public void Counted(string operation, string model, int images, long pixels)
    {
        _images.Add(images, Label("codec.operation", operation), Label("codec.model", _models.Of(model)));
        _pixels.Add(pixels, Label("codec.operation", operation));
    }

    /// <summary>Returns the result of work on an image or a frame; counts its failure, unless its caller has left.</summary>
    public async Task<T> CountRefusal<T>(string operation, Task<T> work)
    {
        try
        {
            return await work;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _refusals.Add(
                1,
                Label("codec.operation", operation),
                Label("error.type", RequestRefusal.Of(exception)?.Reason ?? "UNEXPECTED")
            );
            throw;
        }
    }

    /// <summary>Records a version that was loaded from the store, or could not be.</summary>
    public void Loaded(long began, bool isLoaded) =>
        _loads.Record(_time.GetElapsedTime(began).TotalSeconds, Label("codec.result", isLoaded ? "loaded" : "failed"));

    /// <summary>Counts the use of a version.</summary>
    public void Used(bool isHit) => _uses.Add(1, Label("codec.result", isHit ? "hit" : "miss"));

    /// <summary>Records a run of a chore.</summary>
    public void Chore(string chore, long began, bool isDone) =>
        _chores.Record(
            _time.GetElapsedTime(began).TotalSeconds,
            Label("codec.chore", chore),
            Label("codec.result", isDone ? "done" : "failed")
        );

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
