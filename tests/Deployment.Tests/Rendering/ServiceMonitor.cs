using System.Text.Json.Serialization;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>A ServiceMonitor of the Prometheus operator</summary>
internal sealed class ServiceMonitor : CustomResource<ServiceMonitor.MonitorSpec>
{
    public const string TypeName = "monitoring.coreos.com/v1/ServiceMonitor";

    internal sealed class MonitorSpec
    {
        [JsonPropertyName("selector")]
        public V1LabelSelector Selector { get; set; } = new();

        [JsonPropertyName("endpoints")]
        public IList<MonitorEndpoint> Endpoints { get; set; } = [];
    }

    internal sealed class MonitorEndpoint
    {
        [JsonPropertyName("port")]
        public string Port { get; set; } = "";

        [JsonPropertyName("path")]
        public string Path { get; set; } = "";

        [JsonPropertyName("interval")]
        public string Interval { get; set; } = "";
    }
}
