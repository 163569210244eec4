using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>Checks that the pods that must run on the server's node can.</summary>
internal static class Scheduling
{
    /// <summary>A pod that must run on the node of another one waits for ever if it does not tolerate what that one does.</summary>
    public static IEnumerable<string> Excluded(Manifests manifests) =>
        from workload in manifests.Workloads
        from neighbour in manifests.Workloads.Where(other => Follows(workload, other))
        from taint in neighbour.Template?.Spec?.Tolerations ?? []
        where !(workload.Template?.Spec?.Tolerations ?? []).Any(toleration => Covers(toleration, taint))
        select $"{workload.Name} must run on the node of {neighbour.Name}, but does not tolerate its taint {taint.Key}={taint.Value}";

    private static bool Follows(Workload workload, Workload other) =>
        (workload.Template?.Spec?.Affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? []).Any(term =>
            term.LabelSelector.MatchLabels.All(label => other.Labels.Contains(label))
        );

    private static bool Covers(V1Toleration toleration, V1Toleration taint) =>
        (toleration.Effect is null || toleration.Effect == taint.Effect)
        && (
            toleration.OperatorProperty == "Exists"
                ? toleration.Key is null || toleration.Key == taint.Key
                : toleration.Key == taint.Key && toleration.Value == taint.Value
        );
}
