using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>A PrometheusRule of the Prometheus operator, which the client's types lack: the fields that our manifests use.</summary>
internal sealed class PrometheusRule : IKubernetesObject<V1ObjectMeta>
{
    public const string TypeName = "monitoring.coreos.com/v1/PrometheusRule";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public RuleSpec Spec { get; set; } = new();

    internal sealed class RuleSpec
    {
        [JsonPropertyName("groups")]
        public IList<RuleGroup> Groups { get; set; } = [];
    }

    internal sealed class RuleGroup
    {
        [JsonPropertyName("name")]
        public string Name { get; set; } = "";

        [JsonPropertyName("rules")]
        public IList<AlertRule> Rules { get; set; } = [];
    }

    internal sealed class AlertRule
    {
        [JsonPropertyName("alert")]
        public string Alert { get; set; } = "";

        [JsonPropertyName("expr")]
        public string Expr { get; set; } = "";

        [JsonPropertyName("for")]
        public string? For { get; set; }

        [JsonPropertyName("labels")]
        public SortedDictionary<string, string> Labels { get; set; } = [];

        [JsonPropertyName("annotations")]
        public SortedDictionary<string, string> Annotations { get; set; } = [];
    }
}
