using System.Globalization;
using Codec.Server.Hosting;
using Codec.Server.Network;
using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>Settings that a pod needs to run unattended.</summary>
internal static class Operation
{
    /// <summary>Seconds that the store has for closing after the drain.</summary>
    private const int ClosingSeconds = 5;

    public static IEnumerable<string> Violations(Manifests manifests) =>
        from workload in manifests.Workloads
        from container in workload.Containers
        from rule in Resources(container).Concat(workload.Serves ? Probes(container) : [])
        where !rule.Kept
        select $"{workload.Name}'s container {container.Name} {rule.Otherwise}";

    /// <summary>The grace period must cover preStop, the drain and closing.</summary>
    public static IEnumerable<string> GraceViolations(Manifests manifests)
    {
        foreach (Workload workload in manifests.Workloads.Where(workload => workload.Serves))
        {
            // The options' validation reports a value that is not a number.
            _ = long.TryParse(
                ServerEnvironment.Value(manifests, workload, "Codec:DrainSeconds"),
                CultureInfo.InvariantCulture,
                out long drain
            );
            foreach (V1Container container in workload.Containers)
            {
                long preStop = container.Lifecycle?.PreStop?.Sleep?.Seconds ?? 0;
                if (preStop < 1)
                    yield return $"{workload.Name}'s container {container.Name} has no preStop sleep: calls still arrive when it stops";

                long grace = workload.Template?.Spec?.TerminationGracePeriodSeconds ?? 30;
                if (grace < preStop + drain + ClosingSeconds)
                    yield return $"{workload.Name} is killed after {grace} s; preStop {preStop} s, drain {drain} s and {ClosingSeconds} s to close do not fit";
            }
        }
    }

    private static IEnumerable<(bool Kept, string Otherwise)> Resources(V1Container container) =>
        from kind in (string[])["cpu", "memory"]
        from rule in (IEnumerable<(bool, string)>)
            [
                (container.Resources?.Requests?.ContainsKey(kind) == true, $"requests no {kind}"),
                (container.Resources?.Limits?.ContainsKey(kind) == true, $"has no limit of {kind}"),
            ]
        select rule;

    /// <summary>Probes ask the operations endpoint: a gRPC probe cannot use TLS.</summary>
    private static IEnumerable<(bool Kept, string Otherwise)> Probes(V1Container container) =>
        [
            (Asks(container.StartupProbe, Readiness.CheckName), "has no startup probe of /healthz/ready at operations"),
            (Asks(container.ReadinessProbe, Readiness.CheckName), "has no readiness probe of /healthz/ready at operations"),
            (Asks(container.LivenessProbe, Liveness.CheckName), "has no liveness probe of /healthz/live at operations"),
        ];

    private static bool Asks(V1Probe? probe, string route) =>
        probe?.HttpGet is { Scheme: null or "HTTP" } get
        && get.Path == $"{HealthRoutes.Folder}/{route}"
        && get.Port?.ToString() == "operations";
}
