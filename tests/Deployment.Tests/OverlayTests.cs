using Deployment.Tests.Policies;
using Deployment.Tests.Rendering;
using k8s;
using k8s.Models;

namespace Deployment.Tests;

public sealed class OverlayTests
{
    public static TheoryData<string> Overlays => [.. Overlay.Names];

    public static TheoryData<string, string> Rules =>
        [.. from overlay in Overlay.Names from policy in Policy.All select (overlay, policy.Name)];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Render_Overlay_IsReadByTheStrictParser(string overlay) => Assert.NotEmpty(Manifests.Parse(Overlay.Render(overlay)).Objects);

    [Theory]
    [MemberData(nameof(Rules))]
    public void Render_Overlay_KeepsThePolicy(string overlay, string policy) =>
        Assert.Empty(Policy.All.Single(candidate => candidate.Name == policy).Violations(Manifests.Parse(Overlay.Render(overlay))));

    [Fact]
    public void Embedded_Render_HoldsTheWholeInstallation()
    {
        Manifests manifests = Manifests.Parse(Overlay.Render("embedded"));

        Assert.Equal(
            ["ConfigMap", "CronJob", "Namespace", "NetworkPolicy", "NetworkPolicy", "Secret", "Service", "Service", "StatefulSet"],
            manifests.Objects.Select(item => item.Kind).Order(StringComparer.Ordinal)
        );
        Assert.Single(manifests.All<V1Service>(), service => service.Spec.ClusterIP == "None");
        Assert.Equal(1, Assert.Single(manifests.All<V1StatefulSet>()).Spec.Replicas);
        Assert.True(Assert.Single(manifests.All<V1CronJob>()).Spec.Suspend);
    }

    /// <summary>The first training job and the scheduled ones must train the same model.</summary>
    [Fact]
    public void FirstModel_Pods_AreThoseOfTheCronJob()
    {
        V1Job job = Assert.Single(Manifests.Parse(Overlay.Render("first-model")).All<V1Job>());
        V1CronJob cron = Assert.Single(Manifests.Parse(Overlay.Render("embedded")).All<V1CronJob>());

        Assert.Equal(KubernetesYaml.Serialize(cron.Spec.JobTemplate.Spec), KubernetesYaml.Serialize(job.Spec));
    }

    /// <summary>The address that the trainer calls must be one that the installation serves.</summary>
    [Fact]
    public void FirstModel_Server_IsTheServiceOfTheInstallation()
    {
        V1Container publish = Assert.Single(
            Assert.Single(Manifests.Parse(Overlay.Render("first-model")).All<V1Job>()).Spec.Template.Spec.Containers
        );
        V1Service service = Manifests
            .Parse(Overlay.Render("embedded"))
            .All<V1Service>()
            .Single(service => service.Spec.ClusterIP != "None");

        Assert.Contains($"http://{service.Metadata.Name}:{service.Spec.Ports[0].Port}", publish.Args);
    }
}
