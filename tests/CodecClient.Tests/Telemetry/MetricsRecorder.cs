using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Codec.Client.Telemetry;

namespace Codec.Client.Tests.Telemetry;

/// <summary>Listens to the client's meter.</summary>
internal sealed class MetricsRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Labels)> _measurements = new();

    public MetricsRecorder()
    {
        // The instruments exist from the first use of the class on.
        RuntimeHelpers.RunClassConstructor(typeof(ClientMeter).TypeHandle);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != CodecClientTelemetry.MeterName)
                return;
            Instruments.Enqueue((instrument.Name, instrument.Unit));
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Add(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Add(instrument, value, labels));
        _listener.Start();
    }

    /// <summary>The instruments of the meter.</summary>
    public ConcurrentQueue<(string Name, string? Unit)> Instruments { get; } = new();

    /// <summary>The measurements of an instrument with these values of labels, in order.</summary>
    public double[] Of(string name, params string[] labels) =>
        [
            .. _measurements
                .Where(entry => entry.Name == name && labels.All(label => entry.Labels.Any(pair => Equals(pair.Value, label))))
                .Select(entry => entry.Value),
        ];

    /// <summary>Reads what is observed, and returns its value now.</summary>
    public double Observe(string name)
    {
        _listener.RecordObservableInstruments();
        return Of(name)[^1];
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels) =>
        _measurements.Enqueue((instrument.Name, value, labels.ToArray()));
}
