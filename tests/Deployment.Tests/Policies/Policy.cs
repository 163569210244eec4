using Deployment.Tests.Rendering;

namespace Deployment.Tests.Policies;

/// <summary>A rule for all our deployments.</summary>
/// <param name="Name">The rule in a few words.</param>
/// <param name="Violations">Finds the violations; none if the deployment follows the rule.</param>
internal sealed record Policy(string Name, Func<Manifests, IEnumerable<string>> Violations)
{
    public static IReadOnlyList<Policy> All { get; } =
    [
        new("Required fields are present", Fields.Missing),
        new("Images are pinned", Images.Unpinned),
        new("Images name their registry", Images.WithoutRegistry),
        new("No list is empty", Normalization.EmptyLists),
        new("Selectors match", Selectors.Unmatched),
        new("References resolve", Selectors.Unresolved),
        new("Pods are confined", Confinement.Violations),
        new("Probes and limits are present", Operation.Violations),
        new("Shutdown fits the drain", Operation.GraceViolations),
        new("Data fits its volume", Volumes.Overfilled),
        new("Neighbours can be scheduled", Scheduling.Excluded),
        new("Options exist", ServerEnvironment.UnknownOptions),
        new("Options are valid", ServerEnvironment.InvalidValues),
        new("Ports agree", ServerEnvironment.PortViolations),
    ];

    /// <summary>Finds the violations of all rules in a deployment.</summary>
    public static IEnumerable<string> Check(Manifests manifests) =>
        All.SelectMany(policy => policy.Violations(manifests).Select(violation => $"{policy.Name}: {violation}"));
}
