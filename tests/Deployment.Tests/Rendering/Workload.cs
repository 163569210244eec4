using k8s;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>An object that runs pods.</summary>
/// <param name="Name">Kind and name, for messages.</param>
/// <param name="Serves">Whether it runs until it is stopped; otherwise it runs to its end.</param>
/// <param name="Selector">The labels that select its pods; null if Kubernetes generates them.</param>
/// <param name="Template">The template of its pods.</param>
/// <param name="Generated">Labels that Kubernetes gives to its first pod, beside those of the template.</param>
internal sealed record Workload(
    string Name,
    bool Serves,
    V1LabelSelector? Selector,
    V1PodTemplateSpec? Template,
    IReadOnlyDictionary<string, string> Generated
)
{
    private static readonly Dictionary<string, string> None = [];

    public IEnumerable<V1Container> Containers => (Template?.Spec?.InitContainers ?? []).Concat(Template?.Spec?.Containers ?? []);

    /// <summary>The labels of its first pod.</summary>
    public IDictionary<string, string> Labels => (Template?.Metadata?.Labels ?? None).Concat(Generated).ToDictionary();

    public static Workload? From(IKubernetesObject<V1ObjectMeta> source)
    {
        string name = $"{source.Kind} {source.Metadata?.Name}";
        return source switch
        {
            V1StatefulSet set => new Workload(name, true, set.Spec?.Selector, set.Spec?.Template, OfFirstPod(source.Metadata?.Name)),
            V1Deployment deployment => new Workload(name, true, deployment.Spec?.Selector, deployment.Spec?.Template, None),
            V1Job job => new Workload(name, false, null, job.Spec?.Template, None),
            V1CronJob cron => new Workload(name, false, null, cron.Spec?.JobTemplate?.Spec?.Template, None),
            _ => null,
        };
    }

    private static Dictionary<string, string> OfFirstPod(string? set) =>
        new() { ["statefulset.kubernetes.io/pod-name"] = $"{set}-0", ["apps.kubernetes.io/pod-index"] = "0" };
}
