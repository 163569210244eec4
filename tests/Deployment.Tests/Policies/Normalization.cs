using Deployment.Tests.Rendering;
using k8s;

namespace Deployment.Tests.Policies;

/// <summary>What the API server stores differently from what was applied, so that each later apply reports a change.</summary>
internal static class Normalization
{
    /// <summary>The API server drops empty lists; leaving the field out means the same.</summary>
    public static IEnumerable<string> EmptyLists(Manifests manifests) =>
        from item in manifests.Objects
        from line in KubernetesYaml.Serialize(item).Split('\n')
        where line.EndsWith(": []", StringComparison.Ordinal)
        select $"{item.Kind} {item.Metadata?.Name} has an empty list, '{line.Trim()}', which the API server drops";
}
