using System.Text.Json.Serialization;

namespace Deployment.Tests.Rendering;

/// <summary>A PrometheusRule of the Prometheus operator</summary>
internal sealed class PrometheusRule : CustomResource<PrometheusRule.RuleSpec>
{
    public const string TypeName = "monitoring.coreos.com/v1/PrometheusRule";

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
