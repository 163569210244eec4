using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>A resource whose type the Kubernetes client lacks.</summary>
/// <typeparam name="TSpec">The fields of its specification that our manifests use.</typeparam>
internal abstract class CustomResource<TSpec> : IKubernetesObject<V1ObjectMeta>
    where TSpec : new()
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public TSpec Spec { get; set; } = new();
}
