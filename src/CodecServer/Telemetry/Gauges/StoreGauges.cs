using System.Diagnostics.Metrics;
using Codec.Server.Stores;

namespace Codec.Server.Telemetry.Gauges;

/// <summary>Observes the store: its size, the free space, the channels, and how far consumers are behind.</summary>
internal static class StoreGauges
{
    /// <summary>Most consumers whose lag is observed: those that are furthest behind.</summary>
    public const int MaxConsumers = 100;

    /// <summary>Most channels whose size is observed: the largest.</summary>
    public const int MaxChannels = 100;

    /// <summary>
    /// How long what was read of the store serves all gauges of an export. A folder of 30,000 blobs takes 0.1 s to measure.
    /// </summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    /// <summary>Adds the gauges to the meter.</summary>
    public static void Add(Meter meter, IStoreState state, IChannelLog log, TimeProvider time)
    {
        // The embedded store answers at once; the answer of another one is awaited here, on the exporter's thread.
        var parts = new Sample<IReadOnlyList<StorePart>>(state.Measure, Freshness, time);
        var channels = new Sample<IReadOnlyList<ChannelRecord>>(
            () => log.ListAsync(CancellationToken.None).GetAwaiter().GetResult(),
            Freshness,
            time
        );
        var lags = new Sample<IReadOnlyList<ConsumerLag>>(
            () => log.ListLagsAsync(MaxConsumers, CancellationToken.None).GetAwaiter().GetResult(),
            Freshness,
            time
        );
        meter.CreateObservableGauge(
            "codec.store.size",
            () => parts.Value.Select(part => new Measurement<long>(part.Bytes, Label("codec.store.part", part.Name))),
            "By",
            "Bytes on the disk."
        );
        meter.CreateObservableGauge(
            "codec.store.free",
            () => state.FreeBytes is { } free ? [new Measurement<long>(free)] : Array.Empty<Measurement<long>>(),
            "By",
            "Bytes that are free on the store's file system."
        );
        meter.CreateObservableGauge("codec.channels", () => channels.Value.Count, "{channel}", "Channels.");
        meter.CreateObservableGauge(
            "codec.channel.size",
            () =>
                channels
                    .Value.OrderByDescending(channel => channel.Bytes)
                    .Take(MaxChannels)
                    .Select(channel => new Measurement<long>(channel.Bytes, Label("codec.channel", channel.Name))),
            "By",
            $"Bytes of the codes in a channel's log; of the {MaxChannels} largest channels."
        );
        meter.CreateObservableGauge(
            "codec.consumer.lag",
            () => lags.Value.Select(lag => new Measurement<long>(lag.Codes, LabelsOf(lag))),
            "{code}",
            $"Codes that a consumer has not processed; of the {MaxConsumers} consumers that are furthest behind."
        );
        meter.CreateObservableGauge(
            "codec.consumer.age",
            () => lags.Value.Select(lag => new Measurement<double>(AgeOf(lag, time), LabelsOf(lag))),
            "s",
            "Time since the first code was stored that a consumer has not processed; 0 for one that has processed all."
        );
    }

    private static double AgeOf(ConsumerLag lag, TimeProvider time) =>
        lag.OldestStoredAt is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0;

    private static KeyValuePair<string, object?>[] LabelsOf(ConsumerLag lag) =>
        [Label("codec.channel", lag.Channel), Label("codec.consumer", lag.Consumer)];

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    /// <summary>What was read last, until it is too old.</summary>
    private sealed class Sample<T>(Func<T> read, TimeSpan freshness, TimeProvider time)
        where T : class
    {
        private readonly Lock _lock = new();
        private T? _value;
        private long _readAt;

        public T Value
        {
            get
            {
                lock (_lock)
                {
                    if (_value is null || time.GetElapsedTime(_readAt) >= freshness)
                        (_value, _readAt) = (read(), time.GetTimestamp());

                    return _value;
                }
            }
        }
    }
}
