using System.Diagnostics.Metrics;
using Codec.Server.Models;
using Codec.Server.Network;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Telemetry.Gauges;

/// <summary>Observes the models, the certificate, and the result of every health check.</summary>
internal sealed class HealthGauges(ModelHost host, ServerTls tls, TimeProvider time) : IHealthCheckPublisher
{
    private volatile HealthReport? _last;

    /// <summary>Adds the gauges to the meter.</summary>
    public void Add(Meter meter)
    {
        meter.CreateObservableGauge("codec.models.loaded", () => host.Loaded, "{version}", "Versions that are loaded.");
        meter.CreateObservableGauge(
            "codec.models.damaged",
            () => host.Damaged.Count,
            "{version}",
            "Versions that cannot be loaded, because stored bytes are damaged or missing."
        );
        meter.CreateObservableGauge(
            "codec.certificate.remaining",
            () =>
                tls.NotAfter is { } end
                    ? [new Measurement<double>((end - time.GetUtcNow()).TotalSeconds)]
                    : Array.Empty<Measurement<double>>(),
            "s",
            "Time until the public endpoint's certificate expires; below 0 after that, absent without TLS."
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
