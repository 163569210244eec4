using System.Diagnostics.Metrics;
using Codec.Server.Models;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Telemetry.Gauges;

/// <summary>Observes the models and the result of every health check.</summary>
internal sealed class HealthGauges : IHealthCheckPublisher
{
    private volatile HealthReport? _last;

    /// <summary>Adds the gauges to the meter.</summary>
    public void Add(Meter meter, ModelHost host)
    {
        meter.CreateObservableGauge("codec.models.loaded", () => host.Loaded, "{version}", "Versions that are loaded.");
        meter.CreateObservableGauge(
            "codec.models.damaged",
            () => host.Damaged.Count,
            "{version}",
            "Versions that cannot be loaded, because stored bytes are damaged or missing."
        );
        meter.CreateObservableGauge(
            "codec.health",
            () =>
                _last?.Entries.Select(entry => new Measurement<int>(
                    entry.Value.Status is HealthStatus.Healthy ? 1 : 0,
                    new KeyValuePair<string, object?>("codec.health.check", entry.Key)
                )) ?? [],
            description: "1 while a health check passes, 0 while it fails."
        );
    }

    /// <inheritdoc/>
    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        _last = report;
        return Task.CompletedTask;
    }
}
