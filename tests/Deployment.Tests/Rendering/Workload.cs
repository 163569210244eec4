using k8s;
using k8s.Models;

namespace Deployment.Tests.Rendering;

/// <summary>An object that runs pods.</summary>
/// <param name="Name">Kind and name, for messages.</param>
/// <param name="Serves">Whether it runs until it is stopped; otherwise it runs to its end.</param>
/// <param name="Selector">The labels that select its pods; null if Kubernetes generates them.</param>
/// <param name="Template">The template of its pods.</param>
internal sealed record Workload(string Name, bool Serves, V1LabelSelector? Selector, V1PodTemplateSpec? Template)
{
    public IEnumerable<V1Container> Containers => (Template?.Spec?.InitContainers ?? []).Concat(Template?.Spec?.Containers ?? []);

    public IDictionary<string, string> Labels => Template?.Metadata?.Labels ?? new Dictionary<string, string>();

    public static Workload? From(IKubernetesObject<V1ObjectMeta> source)
    {
        string name = $"{source.Kind} {source.Metadata?.Name}";
        return source switch
        {
            V1StatefulSet set => new Workload(name, true, set.Spec?.Selector, set.Spec?.Template),
            V1Deployment deployment => new Workload(name, true, deployment.Spec?.Selector, deployment.Spec?.Template),
            V1Job job => new Workload(name, false, null, job.Spec?.Template),
            V1CronJob cron => new Workload(name, false, null, cron.Spec?.JobTemplate?.Spec?.Template),
            _ => null,
        };
    }
}
