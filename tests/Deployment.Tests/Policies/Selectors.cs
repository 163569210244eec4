using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>References by label and by name.</summary>
internal static class Selectors
{
    public static IEnumerable<string> Unmatched(Manifests manifests)
    {
        Workload[] workloads = [.. manifests.Workloads];
        foreach (
            Workload workload in workloads.Where(workload =>
                workload.Selector is not null && !Matches(workload.Selector.MatchLabels, workload.Labels)
            )
        )
        {
            yield return $"{workload.Name} does not select its own pods";
        }

        foreach (
            V1Service service in manifests
                .All<V1Service>()
                .Where(service => !workloads.Any(workload => workload.Serves && Matches(service.Spec?.Selector, workload.Labels)))
        )
        {
            yield return $"Service {service.Metadata.Name} selects no pod";
        }

        // A second pod would have a store of its own: a client must not reach now one, now the other.
        foreach (
            V1Service service in manifests
                .All<V1Service>()
                .Where(service =>
                    service.Spec is { ClusterIP: not "None" }
                    && service.Spec.Selector?.ContainsKey("statefulset.kubernetes.io/pod-name") != true
                )
        )
        {
            yield return $"Service {service.Metadata.Name} may reach more than one pod";
        }

        foreach (V1NetworkPolicy policy in manifests.All<V1NetworkPolicy>())
        {
            IEnumerable<V1LabelSelector?> peers = (policy.Spec?.Egress ?? [])
                .SelectMany(rule => rule.To ?? [])
                .Concat((policy.Spec?.Ingress ?? []).SelectMany(rule => rule.FromProperty ?? []))
                .Where(peer => peer.NamespaceSelector is null)
                .Select(peer => peer.PodSelector);
            foreach (V1LabelSelector? selector in peers.Append(policy.Spec?.PodSelector))
            {
                if (!workloads.Any(workload => Matches(selector?.MatchLabels, workload.Labels)))
                    yield return $"NetworkPolicy {policy.Metadata.Name} names no pod by {string.Join(", ", selector?.MatchLabels ?? new Dictionary<string, string>())}";
            }
        }
    }

    public static IEnumerable<string> Unresolved(Manifests manifests)
    {
        HashSet<string> configMaps = Names<V1ConfigMap>(manifests),
            secrets = Names<V1Secret>(manifests),
            services = Names<V1Service>(manifests);
        foreach (V1StatefulSet set in manifests.All<V1StatefulSet>().Where(set => !services.Contains(set.Spec?.ServiceName ?? "")))
            yield return $"StatefulSet {set.Metadata.Name} names Service {set.Spec?.ServiceName}";

        foreach (Workload workload in manifests.Workloads)
        {
            HashSet<string> volumes =
            [
                .. (workload.Template?.Spec?.Volumes ?? []).Select(volume => volume.Name),
                .. Claims(manifests, workload),
            ];
            foreach (V1Container container in workload.Containers)
            {
                IEnumerable<string> missing = (container.EnvFrom ?? [])
                    .Where(source => source.ConfigMapRef is { } map && !configMaps.Contains(map.Name))
                    .Select(source => $"ConfigMap {source.ConfigMapRef.Name}")
                    .Concat(
                        (container.EnvFrom ?? [])
                            .Where(source => source.SecretRef is { Optional: not true } secret && !secrets.Contains(secret.Name))
                            .Select(source => $"Secret {source.SecretRef.Name}")
                    )
                    .Concat(
                        (container.VolumeMounts ?? []).Where(mount => !volumes.Contains(mount.Name)).Select(mount => $"volume {mount.Name}")
                    );
                foreach (string name in missing)
                    yield return $"{workload.Name}'s container {container.Name} names {name}";
            }
        }
    }

    private static IEnumerable<string> Claims(Manifests manifests, Workload workload) =>
        manifests
            .All<V1StatefulSet>()
            .Where(set => ReferenceEquals(set.Spec?.Template, workload.Template))
            .SelectMany(set => set.Spec.VolumeClaimTemplates ?? [])
            .Select(claim => claim.Metadata.Name);

    private static bool Matches(IDictionary<string, string>? selector, IDictionary<string, string> labels) =>
        selector is { Count: > 0 } && selector.All(pair => labels.TryGetValue(pair.Key, out string? value) && value == pair.Value);

    private static HashSet<string> Names<T>(Manifests manifests)
        where T : k8s.IKubernetesObject<V1ObjectMeta> => [.. manifests.All<T>().Select(item => item.Metadata.Name)];
}
