using System.Diagnostics.Metrics;
using System.Reflection;
using Codec.Server.Network;
using Codec.Server.Options;
using Codec.Server.Telemetry;
using Codec.Server.Telemetry.Gauges;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Codec.Server;

/// <summary>
/// Registers what is measured, and how it leaves the process: by OTLP where a collector is named, at the operations endpoint where there is
/// one. Where there is neither, nothing listens and nothing is added up.
/// </summary>
internal static class TelemetryRegistration
{
    private const string ServiceName = "codec-server";

    /// <summary>OpenTelemetry's own settings; any of them names a collector.</summary>
    private static readonly string[] EndpointKeys =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    ];

    /// <summary>The meters of .NET (heap, collections, threads) and of Kestrel (connections).</summary>
    private static readonly string[] PlatformMeters = ["System.Runtime", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Registers the meter, the gauges and the exporters that the configuration names.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ServerMeter>();
        builder.Services.AddSingleton<HealthGauges>();
        builder.Services.AddSingleton<IHealthCheckPublisher>(provider => provider.GetRequiredService<HealthGauges>());
        builder.Services.AddHostedService<StateGauges>();

        if (builder.Configuration[$"Codec:Telemetry:{nameof(TelemetryOptions.OtlpEndpoint)}"] is { Length: > 0 } collector)
            builder.Configuration.AddInMemoryCollection([new(EndpointKeys[0], collector)]);

        bool sends = EndpointKeys.Any(key => builder.Configuration[key] is { Length: > 0 });
        bool isScraped = builder.Configuration[$"Codec:Operations:{nameof(OperationsOptions.Listen)}"] is { Length: > 0 };
        if (!sends && !isScraped)
            return;

        IOpenTelemetryBuilder telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last and win.
                resource
                    .AddService(
                        ServiceName,
                        serviceVersion: typeof(TelemetryRegistration)
                            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
                            .InformationalVersion
                    )
                    .AddEnvironmentVariableDetector()
            )
            .WithMetrics(metrics =>
            {
                metrics.AddMeter([ServerMeter.Name, .. PlatformMeters]);
                metrics.DropOthers();
                if (isScraped)
                    metrics.AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);
            });
        if (sends)
            telemetry.WithTracing(tracing => tracing.AddSource(ServerTrace.Name)).UseOtlpExporter();
    }

    /// <summary>
    /// Drops what other servers of this process measure, as tests have them: a meter is found by its name, in the whole process, and their
    /// series would be added to this server's. The meters of .NET itself belong to no server.
    /// </summary>
    private static void DropOthers(this MeterProviderBuilder metrics) =>
        ((IDeferredMeterProviderBuilder)metrics).Configure(
            (provider, builder) =>
            {
                IMeterFactory own = provider.GetRequiredService<IMeterFactory>();
                builder.AddView(instrument => instrument.Meter.Scope is { } owner && owner != own ? MetricStreamConfiguration.Drop : null);
            }
        );

    /// <summary>Maps <c>/metrics</c> on the operations endpoint, if there is one.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        if (app.Configuration[$"Codec:Operations:{nameof(OperationsOptions.Listen)}"] is { Length: > 0 })
            app.MapPrometheusScrapingEndpoint().OnOperations();
    }
}
