using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>A ServiceMonitor of the Prometheus operator, which the client's types lack: the fields that our manifests use.</summary>
internal sealed class ServiceMonitor : IKubernetesObject<V1ObjectMeta>
{
    public const string TypeName = "monitoring.coreos.com/v1/ServiceMonitor";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public MonitorSpec Spec { get; set; } = new();

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
