using System.Diagnostics.Metrics;
using Codec.Server.Limits;
using Codec.Server.Network;

namespace Codec.Server.Telemetry.Gauges;

/// <summary>Observes what is held of each bound, how much the bound allows, and how many wait for it.</summary>
internal static class LimitGauges
{
    /// <summary>Adds the gauges to the meter.</summary>
    public static void Add(Meter meter, ServerLimits limits, ConnectionBuffers buffers)
    {
        (string Name, FairBudget Budget)[] budgets =
        [
            ("requests", limits.Messages),
            ("small_requests", limits.SmallMessages),
            ("subscribers", limits.SubscriberFrames),
            ("images", limits.Images.Budget),
        ];
        (string Name, Func<long> Used, long Limit)[] bytes =
        [
            .. budgets.Select(entry => (entry.Name, (Func<long>)(() => entry.Budget.Held), entry.Budget.Limit)),
            ("connections", () => buffers.Held, buffers.Limit),
        ];
        (string Name, FairBudget Budget)[] waits =
        [
            .. budgets,
            ("encoder", limits.StreamsInEncoderQueue),
            ("decoder", limits.StreamsInDecoderQueue),
        ];
        (string Name, Func<long> Used, long Limit)[] queues =
        [
            ("encoder", () => limits.EncoderQueue.Held, limits.EncoderQueue.Limit),
            ("decoder", () => limits.DecoderQueue.Held, limits.DecoderQueue.Limit),
            ("calls", () => limits.Calls.Held, limits.Calls.Limit),
            ("uploads", () => limits.Uploads.Taken, limits.Uploads.Limit),
        ];
        meter.CreateObservableGauge(
            "codec.budget.used",
            () => bytes.Select(entry => Of(entry.Used(), "codec.budget", entry.Name)),
            "By",
            "Bytes in memory that are charged to a budget."
        );
        meter.CreateObservableGauge(
            "codec.budget.limit",
            () => bytes.Select(entry => Of(entry.Limit, "codec.budget", entry.Name)),
            "By",
            "Bytes that a budget allows."
        );
        meter.CreateObservableGauge(
            "codec.budget.waiting",
            () => waits.Select(entry => Of(entry.Budget.Waiting, "codec.budget", entry.Name)),
            "{request}",
            "Requests, images or frames that wait for a part of a budget."
        );
        meter.CreateObservableGauge(
            "codec.queue.used",
            () => queues.Select(entry => Of(entry.Used(), "codec.queue", entry.Name)),
            "{item}",
            "Images, frames or uploads that wait or are in work."
        );
        meter.CreateObservableGauge(
            "codec.queue.limit",
            () => queues.Select(entry => Of(entry.Limit, "codec.queue", entry.Name)),
            "{item}",
            "Images, frames or uploads that may wait or be in work."
        );
    }

    private static Measurement<long> Of(long value, string label, string name) =>
        new(value, new KeyValuePair<string, object?>(label, name));
}
