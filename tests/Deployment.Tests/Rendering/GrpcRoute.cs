using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>A GRPCRoute of the Gateway API, which the client's types lack: the fields that our manifests use.</summary>
internal sealed class GrpcRoute : IKubernetesObject<V1ObjectMeta>
{
    public const string TypeName = "gateway.networking.k8s.io/v1/GRPCRoute";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public RouteSpec Spec { get; set; } = new();

    internal sealed class RouteSpec
    {
        [JsonPropertyName("parentRefs")]
        public IList<RouteReference> ParentRefs { get; set; } = [];

        [JsonPropertyName("hostnames")]
        public IList<string> Hostnames { get; set; } = [];

        [JsonPropertyName("rules")]
        public IList<RouteRule> Rules { get; set; } = [];
    }

    internal sealed class RouteRule
    {
        [JsonPropertyName("backendRefs")]
        public IList<RouteReference> BackendRefs { get; set; } = [];
    }

    internal sealed class RouteReference
    {
        [JsonPropertyName("group")]
        public string? Group { get; set; }

        [JsonPropertyName("kind")]
        public string? Kind { get; set; }

        [JsonPropertyName("name")]
        public string Name { get; set; } = "";

        [JsonPropertyName("namespace")]
        public string? Namespace { get; set; }

        [JsonPropertyName("port")]
        public int? Port { get; set; }

        [JsonPropertyName("weight")]
        public int? Weight { get; set; }
    }
}
