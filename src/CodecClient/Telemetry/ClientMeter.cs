using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Codec.Client.Telemetry;

/// <summary>
/// Everything that the client counts and times. A measurement without a listener costs a comparison; the bytes in flight, which are a
/// state, cost one addition per item.
/// </summary>
/// <remarks>
/// Labels are bounded: constants of our code, and the first <see cref="MaxChannels"/> channels of the process; all others are
/// <see cref="Other"/>.
/// </remarks>
internal static class ClientMeter
{
    /// <summary>Most channels that are told apart in labels.</summary>
    public const int MaxChannels = 100;

    /// <summary>The label of all further channels. No channel has this name, because of its parentheses.</summary>
    public const string Other = "(other)";

    /// <summary>The results of an item.</summary>
    public const string Acknowledged = "acknowledged",
        Refused = "refused",
        Lost = "lost";

    private static readonly Meter Meter = new(CodecClientTelemetry.MeterName);
    private static readonly ConcurrentDictionary<string, string> Channels = new();
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    };

    private static readonly Counter<long> ReceivedBytes = Meter.CreateCounter<long>(
        "codec.client.received",
        "By",
        "Bytes of frames that subscriptions received."
    );
    private static readonly Counter<long> SavedBytes = Meter.CreateCounter<long>(
        "codec.client.saved",
        "By",
        "Bytes by which received frames are smaller than the samples of their images."
    );
    private static readonly Counter<long> Images = Meter.CreateCounter<long>(
        "codec.client.images",
        "{image}",
        "Images that subscriptions decoded."
    );
    private static readonly Histogram<double> Decoding = Meter.CreateHistogram(
        "codec.client.decode.duration",
        "s",
        "Time to decode an image.",
        tags: null,
        Seconds
    );
    private static readonly Histogram<double> Lag = Meter.CreateHistogram(
        "codec.client.lag",
        "s",
        "Time from the storing of a code on the server to its delivery; needs SubscribeOptions.StoredTimes.",
        tags: null,
        Seconds
    );
    private static readonly Counter<long> Reconnects = Meter.CreateCounter<long>(
        "codec.client.reconnects",
        "{attempt}",
        "Attempts that follow a lost connection or an unavailable server."
    );
    private static readonly Counter<long> PublishedItems = Meter.CreateCounter<long>(
        "codec.client.published",
        "{item}",
        "Images, codes and frames that publishers accepted for sending."
    );
    private static readonly Counter<long> AnsweredItems = Meter.CreateCounter<long>(
        "codec.client.answers",
        "{item}",
        "Images, codes and frames that were acknowledged, refused or lost with their publisher."
    );
    private static readonly Histogram<double> Publishing = Meter.CreateHistogram(
        "codec.client.publish.duration",
        "s",
        "Time from sending an image or frame to its answer, including the wait for room in the window.",
        tags: null,
        Seconds
    );
    private static long _inFlight;

    static ClientMeter() =>
        Meter.CreateObservableUpDownCounter(
            "codec.client.in_flight",
            () => Interlocked.Read(ref _inFlight),
            "By",
            "Bytes of images and frames that are sent and not answered."
        );

    /// <summary>The time for <see cref="Decoded"/>; 0 without a listener.</summary>
    public static long StartDecoding() => Decoding.Enabled ? Stopwatch.GetTimestamp() : 0;

    public static void Received(string channel, int bytes)
    {
        if (ReceivedBytes.Enabled)
            ReceivedBytes.Add(bytes, Channel(channel));
    }

    public static void Decoded(string channel, long start)
    {
        if (start != 0)
            Decoding.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Channel(channel));
        if (Images.Enabled)
            Images.Add(1, Channel(channel));
    }

    /// <summary>Counts what a frame saved, once its images are decoded.</summary>
    public static void Saved(string channel, long samples, int frame)
    {
        if (SavedBytes.Enabled && samples > frame)
            SavedBytes.Add(samples - frame, Channel(channel));
    }

    /// <summary>Records the lag of a delivery; the clocks of server and client may differ, so it is at least 0.</summary>
    public static void Delivered(string channel, DateTimeOffset? storedAt, TimeProvider time)
    {
        if (Lag.Enabled && storedAt is { } stored)
            Lag.Record(Math.Max(0, (time.GetUtcNow() - stored).TotalSeconds), Channel(channel));
    }

    /// <summary>Counts an attempt that follows a failure.</summary>
    /// <param name="operation">What it does: "subscribe to faces"; the first word, a constant of our code, is the label.</param>
    public static void Reconnecting(string operation)
    {
        if (Reconnects.Enabled)
            Reconnects.Add(1, new KeyValuePair<string, object?>("codec.operation", operation.Split(' ', 2)[0]));
    }

    public static void Published(string channel, int items)
    {
        if (PublishedItems.Enabled)
            PublishedItems.Add(items, Channel(channel));
    }

    /// <summary>Whether somebody listens to answers.</summary>
    public static bool CountsAnswers => AnsweredItems.Enabled || Publishing.Enabled;

    /// <summary>Counts an answer.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="items">Number of items that it answers.</param>
    /// <param name="result">The result, such as <see cref="Acknowledged"/>.</param>
    /// <param name="start">Timestamp of the sending.</param>
    public static void Answered(string channel, int items, string result, long start)
    {
        KeyValuePair<string, object?> label = new("codec.result", result);
        AnsweredItems.Add(items, Channel(channel), label);
        Publishing.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, Channel(channel), label);
    }

    /// <summary>Changes the bytes in flight.</summary>
    public static void InFlight(long change) => Interlocked.Add(ref _inFlight, change);

    private static KeyValuePair<string, object?> Channel(string name)
    {
        // Two threads may add a name at once; the bound is then exceeded by one, which does no harm.
        if (!Channels.TryGetValue(name, out string? label))
            label = Channels.Count >= MaxChannels ? Other : Channels.GetOrAdd(name, name);
        return new KeyValuePair<string, object?>("codec.channel", label);
    }
}
