using System.Text.Json.Serialization;

namespace Deployment.Tests.Rendering;

/// <summary>A GRPCRoute of the Gateway API</summary>
internal sealed class GrpcRoute : CustomResource<GrpcRoute.RouteSpec>
{
    public const string TypeName = "gateway.networking.k8s.io/v1/GRPCRoute";

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
