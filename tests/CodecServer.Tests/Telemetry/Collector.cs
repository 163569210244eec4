using System.Collections.Concurrent;
using CodecServer.Tests.Telemetry.Metrics;
using CodecServer.Tests.Telemetry.Traces;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CodecServer.Tests.Telemetry;

/// <summary>An OpenTelemetry collector on the loopback interface: keeps what a server sends by OTLP over gRPC.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Collector(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>Metrics by name, as they were sent last.</summary>
    public ConcurrentDictionary<string, Metric> Metrics => _app.Services.GetRequiredService<Received>().Metrics;

    /// <summary>All spans so far.</summary>
    public IReadOnlyCollection<Span> Spans => _app.Services.GetRequiredService<Received>().Spans;

    /// <summary>The attributes of the resource that sent the spans.</summary>
    public IReadOnlyDictionary<string, string> Resource => _app.Services.GetRequiredService<Received>().Resource;

    public static async Task<Collector> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(end => end.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton<Received>();
        builder.Services.AddGrpc();
        WebApplication app = builder.Build();
        app.MapGrpcService<TraceReceiver>();
        app.MapGrpcService<MetricReceiver>();
        await app.StartAsync();
        return new Collector(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class Received
    {
        public ConcurrentDictionary<string, Metric> Metrics { get; } = new();

        public ConcurrentQueue<Span> Spans { get; } = new();

        public ConcurrentDictionary<string, string> Resource { get; } = new();
    }

    private sealed class TraceReceiver(Received received) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            foreach (KeyValue attribute in request.ResourceSpans.SelectMany(resource => resource.Resource.Attributes))
                received.Resource[attribute.Key] = attribute.Value.StringValue;

            foreach (Span span in request.ResourceSpans.SelectMany(resource => resource.ScopeSpans).SelectMany(scope => scope.Spans))
                received.Spans.Enqueue(span);

            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class MetricReceiver(Received received) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            foreach (Metric metric in request.ResourceMetrics.SelectMany(r => r.ScopeMetrics).SelectMany(scope => scope.Metrics))
                received.Metrics[metric.Name] = metric;

            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}
