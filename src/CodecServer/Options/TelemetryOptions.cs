using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Where traces and metrics are sent: section <c>Codec:Telemetry</c>.</summary>
[Description("Where traces and metrics are sent; see [operations/metrics.md](operations/metrics.md)")]
internal sealed class TelemetryOptions
{
    /// <summary>
    /// The address of a collector that speaks OTLP. Overrides <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; the other variables of OpenTelemetry
    /// (protocol, headers, sampler, resource) count as they are. Empty, and without that variable, nothing is sent.
    /// </summary>
    [Description("URL of an OpenTelemetry collector (OTLP) that receives traces, metrics and logs; empty sends none")]
    [RegularExpression(@"https?://[^\s]+", ErrorMessage = "Empty, or an http or https URL such as http://127.0.0.1:4317")]
    public string OtlpEndpoint { get; set; } = "";
}
