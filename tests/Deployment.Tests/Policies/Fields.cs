using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>Fields that the API server or our rules require. The client's types make all of them optional.</summary>
internal static class Fields
{
    public static IEnumerable<string> Missing(Manifests manifests) =>
        manifests
            .Objects.SelectMany(item =>
                Common(item.Metadata, item is V1Namespace or V1PriorityClass)
                    .Concat(
                        item switch
                        {
                            V1StatefulSet set => Of(set),
                            V1Service service => Of(service),
                            V1Job job => OfJob(job.Spec),
                            V1CronJob cron => Of(cron),
                            V1NetworkPolicy policy => Of(policy),
                            V1ConfigMap map => [(map.Data is { Count: > 0 }, "data")],
                            _ => [],
                        }
                    )
                    .Where(field => !field.Present)
                    .Select(field => $"{item.Kind} {item.Metadata?.Name} has no {field.Name}")
            )
            .Concat(
                from workload in manifests.Workloads
                from field in Pod(workload)
                where !field.Present
                select $"{workload.Name} has no {field.Name}"
            );

    private static IEnumerable<(bool Present, string Name)> Common(V1ObjectMeta? metadata, bool ofCluster) =>
        [
            (metadata?.Name is { Length: > 0 }, "metadata.name"),
            (ofCluster || metadata?.NamespaceProperty is { Length: > 0 }, "metadata.namespace"),
        ];

    private static IEnumerable<(bool Present, string Name)> Of(V1StatefulSet set) =>
        [
            (set.Spec?.ServiceName is { Length: > 0 }, "spec.serviceName"),
            (set.Spec?.Selector?.MatchLabels is { Count: > 0 }, "spec.selector.matchLabels"),
            (set.Spec?.Replicas is not null, "spec.replicas"),
            // With OrderedReady, a pod that cannot start is not replaced by a corrected one.
            (set.Spec?.PodManagementPolicy is "Parallel", "spec.podManagementPolicy of Parallel"),
            (
                set.Spec?.VolumeClaimTemplates is { Count: > 0 } claims
                    && claims.All(claim =>
                        claim.Metadata?.Name is { Length: > 0 }
                        && claim.Spec?.AccessModes is { Count: > 0 }
                        && claim.Spec.Resources?.Requests?.ContainsKey("storage") == true
                    ),
                "named spec.volumeClaimTemplates with access modes and a storage request"
            ),
        ];

    private static IEnumerable<(bool Present, string Name)> Of(V1Service service) =>
        [
            (service.Spec?.Selector is { Count: > 0 }, "spec.selector"),
            (
                service.Spec?.Ports is { Count: > 0 } ports
                    && ports.All(port => port.Port is > 0 and < 65536 && port.Name is { Length: > 0 }),
                "named spec.ports"
            ),
        ];

    private static IEnumerable<(bool Present, string Name)> Of(V1CronJob cron) =>
        [
            (cron.Spec?.Schedule is { Length: > 0 } schedule && schedule.Split(' ').Length == 5, "spec.schedule of five parts"),
            (cron.Spec?.ConcurrencyPolicy is "Forbid", "spec.concurrencyPolicy of Forbid"),
            .. OfJob(cron.Spec?.JobTemplate?.Spec),
        ];

    private static IEnumerable<(bool Present, string Name)> OfJob(V1JobSpec? job) =>
        [
            (job?.BackoffLimit is not null, "backoffLimit"),
            (job?.ActiveDeadlineSeconds is > 0, "activeDeadlineSeconds"),
            (job?.Template?.Spec?.RestartPolicy is "Never" or "OnFailure", "restartPolicy of Never or OnFailure"),
        ];

    private static IEnumerable<(bool Present, string Name)> Of(V1NetworkPolicy policy) =>
        [
            (policy.Spec?.PodSelector?.MatchLabels is { Count: > 0 }, "spec.podSelector"),
            (policy.Spec?.PolicyTypes is { Count: 2 }, "spec.policyTypes for both directions"),
        ];

    private static IEnumerable<(bool Present, string Name)> Pod(Workload workload) =>
        [
            (workload.Template?.Spec?.Containers is { Count: > 0 }, "containers"),
            (workload.Labels.Count > 0, "pod labels"),
            (
                workload.Containers.All(container => container.Name is { Length: > 0 } && container.Image is { Length: > 0 }),
                "name and image for each container"
            ),
        ];
}
