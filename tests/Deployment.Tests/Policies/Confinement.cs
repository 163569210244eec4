using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>
/// Limits on a pod: the "restricted" pod security standard, a read-only root file system, and no access to the API server.
/// </summary>
internal static class Confinement
{
    public static IEnumerable<string> Violations(Manifests manifests) =>
        from workload in manifests.Workloads
        from rule in OfPod(workload.Template?.Spec).Concat(workload.Containers.SelectMany(OfContainer))
        where !rule.Kept
        select $"{workload.Name} {rule.Otherwise}";

    private static IEnumerable<(bool Kept, string Otherwise)> OfPod(V1PodSpec? pod) =>
        [
            (pod?.AutomountServiceAccountToken is false, "mounts the service account's token"),
            (pod?.SecurityContext is { RunAsNonRoot: true, RunAsUser: > 0 }, "may run as root"),
            (pod?.SecurityContext?.FsGroup is > 0, "has volumes that its user may not write to"),
            (pod?.SecurityContext?.SeccompProfile?.Type is "RuntimeDefault", "runs without the runtime's seccomp profile"),
            (pod is { HostNetwork: not true, HostPID: not true, HostIPC: not true }, "shares a namespace of the host"),
        ];

    private static IEnumerable<(bool Kept, string Otherwise)> OfContainer(V1Container container) =>
        [
            (container.SecurityContext?.AllowPrivilegeEscalation is false, $"lets {container.Name} gain privileges"),
            (container.SecurityContext?.ReadOnlyRootFilesystem is true, $"lets {container.Name} write to its root"),
            (
                container.SecurityContext?.Capabilities is { Drop: ["ALL"], Add: null or { Count: 0 } },
                $"leaves {container.Name} capabilities"
            ),
            (container.SecurityContext?.Privileged is not true, $"runs {container.Name} privileged"),
        ];
}
