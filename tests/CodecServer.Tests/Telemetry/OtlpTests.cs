using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Processes;
using CodecServer.Tests.Telemetry.Metrics;
using CodecServer.Tests.Telemetry.Traces;
using Grpc.Core;

namespace CodecServer.Tests.Telemetry;

/// <summary>What a collector gets from a server process by OTLP.</summary>
public sealed class OtlpTests
{
    private const string CallersTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string CallersSpan = "b7ad6b7169203331";

    private static readonly Dictionary<string, string> Often = new()
    {
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Traces_CallsOfATracedCaller_AreItsChildrenWithTheirStages()
    {
        await using Collector collector = await Collector.StartAsync();
        await using CalledServer server = await StartAsync(Often, "--otlp-endpoint", collector.Address);

        await WorkingServer.WorkAsync(server, new Metadata { { "traceparent", $"00-{CallersTrace}-{CallersSpan}-01" } });
        await Waiting.UntilAsync(() => collector.Spans.Any(span => span.Name.EndsWith("/CommitConsumer")), "The last span", Ct);

        Assert.All(collector.Spans, span => Assert.Equal(CallersTrace, Hex(span.TraceId)));
        Span[] calls = [.. collector.Spans.Where(span => span.Kind == 2)];
        Assert.All(calls, span => Assert.Equal(CallersSpan, Hex(span.ParentSpanId)));
        Span encode = Assert.Single(
            calls,
            span => span.Name == "codec.v1.CodecService/Encode" && Attribute(span, "rpc.response.status_code") == "OK"
        );
        Assert.Equal("grpc", Attribute(encode, "rpc.system.name"));
        Assert.Equal("codec.v1.CodecService/Encode", Attribute(encode, "rpc.method"));
        Assert.Equal(["admission", "read", "queue", "analysis", "coding"], Stages(collector, encode));
        Assert.Equal(["admission", "queue", "decode"], Stages(collector, Call("codec.v1.CodecService/Decode")));
        string[] published = [.. Stages(collector, Call("codec.v1.ChannelService/Publish")).Distinct().Order()];
        Assert.Equal(["admission", "analysis", "append", "check", "coding", "queue", "read"], published);

        // A caller's mistake is an answer, not a failure of the server.
        Span refused = Assert.Single(calls, span => Attribute(span, "rpc.response.status_code") == "INVALID_ARGUMENT");
        Assert.Equal((0, ""), (refused.Status?.Code ?? 0, Attribute(refused, "error.type")));
        Assert.Equal("codec-server", collector.Resource["service.name"]);

        Span Call(string name) => Assert.Single(calls, span => span.Name == name);
    }

    [Fact]
    public async Task Variables_OfOpenTelemetry_NameTheCollectorTheServiceAndTheSampler()
    {
        await using Collector collector = await Collector.StartAsync();
        var variables = new Dictionary<string, string>(Often)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_SERVICE_NAME"] = "thumbnails",
            ["OTEL_TRACES_SAMPLER"] = "parentbased_always_off",
        };
        await using CalledServer server = await StartAsync(variables);

        await WorkingServer.WorkAsync(server);
        await WorkingServer.ReadAsync(server, new Metadata { { "traceparent", $"00-{CallersTrace}-{CallersSpan}-01" } });
        await Waiting.UntilAsync(
            () => collector.Spans.Count > 0 && collector.Metrics.ContainsKey("codec.consumer.lag"),
            "A span and a metric",
            Ct
        );

        // Only the call whose caller is traced: a call that the sampler leaves out leaves no stages behind.
        Assert.All(collector.Spans, span => Assert.Equal(CallersTrace, Hex(span.TraceId)));
        Assert.Equal("thumbnails", collector.Resource["service.name"]);
        Metric calls = collector.Metrics["rpc.server.call.duration"];
        Assert.Equal(("s", "Duration of calls."), (calls.Unit, calls.Description));
        Assert.All(
            collector.Metrics.Values.Where(metric => metric.Name.StartsWith("codec.")),
            metric => Assert.NotEmpty(metric.Description)
        );
        Assert.Contains("dotnet.gc.heap.total_allocated", collector.Metrics.Keys);
    }

    private static async Task<CalledServer> StartAsync(IReadOnlyDictionary<string, string> variables, params string[] args) =>
        await CalledServer.StartAsync(
            new ServerSettings
            {
                ShippedModels = true,
                Environment = variables,
                Arguments = args,
            }
        );

    /// <summary>The stages of a call, in the order in which they began.</summary>
    private static IEnumerable<string> Stages(Collector collector, Span call)
    {
        Span[] stages = [.. collector.Spans.Where(span => span.ParentSpanId == call.SpanId).OrderBy(span => span.StartTimeUnixNano)];
        Assert.All(stages, stage => Assert.InRange(stage.EndTimeUnixNano, stage.StartTimeUnixNano, ulong.MaxValue));
        return stages.Select(span => span.Name);
    }

    private static string Attribute(Span span, string key) =>
        span.Attributes.FirstOrDefault(attribute => attribute.Key == key)?.Value.StringValue ?? "";

    private static string Hex(Google.Protobuf.ByteString id) => Convert.ToHexStringLower(id.Span);
}
