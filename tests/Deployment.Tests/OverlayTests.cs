using System.Globalization;
using Codec.Server;
using Codec.Tests.Shared;
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
            ["ConfigMap", "CronJob", "Namespace", "NetworkPolicy", "NetworkPolicy", "Service", "Service", "StatefulSet"],
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

        Assert.Equal($"http://{service.Metadata.Name}:{service.Spec.Ports[0].Port}", Value(publish, "CODEC_SERVER"));
    }

    /// <summary>One component names registry and tag for the server, the trainer and every job, wherever they come from.</summary>
    [Fact]
    public void Registry_OfAUser_CoversEveryOverlayAndComponent()
    {
        string registry = Directory.CreateDirectory(Repository.PathOf("artifacts", "sites", "registry")).FullName;
        File.WriteAllText(
            Path.Combine(registry, "kustomization.yaml"),
            File.ReadAllText(Repository.PathOf("k8s", "components", "registry", "kustomization.yaml"))
                .Replace("newName: registry.example/codec/", "newName: registry.test:5000/team/", StringComparison.Ordinal)
                .Replace($"newTag: {Repository.Version}", "newTag: 9.8.7", StringComparison.Ordinal)
        );
        string[] components = [.. Overlay.Components.Select(component => Repository.PathOf("k8s", "components", component)), registry];
        string[] images =
        [
            .. Overlay
                .Names.Where(overlay => !overlay.Contains('+'))
                .SelectMany(overlay =>
                    Manifests.Parse(Overlay.RenderSite(overlay, overlay == Overlay.Installation ? components : [registry])).Workloads
                )
                .SelectMany(workload => workload.Containers)
                .Select(container => container.Image),
        ];

        Assert.Equal(
            ["registry.test:5000/team/server:9.8.7", "registry.test:5000/team/trainer:9.8.7"],
            images.Distinct().Order(StringComparer.Ordinal)
        );
    }

    /// <summary>The jobs of backup and restore must name the claims that the installation and the component make.</summary>
    [Fact]
    public void BackupAndRestore_Volumes_AreTheInstallationsClaims()
    {
        Manifests installation = Manifests.Parse(Overlay.Render("embedded+backup"));
        Manifests restore = Manifests.Parse(Overlay.Render("restore"));
        V1StatefulSet set = Assert.Single(installation.All<V1StatefulSet>());
        V1PersistentVolumeClaim template = Assert.Single(set.Spec.VolumeClaimTemplates);
        V1PersistentVolumeClaim backup = Assert.Single(installation.All<V1PersistentVolumeClaim>());
        V1PersistentVolumeClaim restored = Assert.Single(restore.All<V1PersistentVolumeClaim>());

        Assert.Equal($"{template.Metadata.Name}-{set.Metadata.Name}-0", restored.Metadata.Name);
        Assert.Equal(KubernetesYaml.Serialize(template.Spec), KubernetesYaml.Serialize(restored.Spec));
        string[] claims = [restored.Metadata.Name, backup.Metadata.Name];
        Assert.Equal(claims, ClaimsOf(installation.Workloads.Single(workload => workload.Name == "CronJob codec-backup")));
        Assert.Equal(claims, ClaimsOf(Assert.Single(restore.Workloads)));

        static IEnumerable<string> ClaimsOf(Workload workload) =>
            workload.Template!.Spec.Volumes.Select(volume => volume.PersistentVolumeClaim.ClaimName);
    }

    /// <summary>A site lists the same components for the restore as for the installation.</summary>
    [Fact]
    public void Restore_WithComponents_HasTheServersVolumeAndPlace()
    {
        V1StatefulSet set = Assert.Single(Manifests.Parse(Overlay.Render("embedded+placement+storage-class")).All<V1StatefulSet>());
        Manifests restore = Manifests.Parse(Overlay.Render("restore+placement+storage-class"));
        V1PodSpec job = Assert.Single(restore.All<V1Job>()).Spec.Template.Spec;

        V1PersistentVolumeClaimSpec claimed = Assert.Single(set.Spec.VolumeClaimTemplates).Spec;
        Assert.Equal("standard", claimed.StorageClassName);
        Assert.Equal(
            KubernetesYaml.Serialize(claimed),
            KubernetesYaml.Serialize(Assert.Single(restore.All<V1PersistentVolumeClaim>()).Spec)
        );
        Assert.NotEmpty(job.Tolerations);
        Assert.Equal(KubernetesYaml.Serialize(set.Spec.Template.Spec.Tolerations), KubernetesYaml.Serialize(job.Tolerations));
        Assert.Equal(
            KubernetesYaml.Serialize(set.Spec.Template.Spec.Affinity.NodeAffinity),
            KubernetesYaml.Serialize(job.Affinity.NodeAffinity)
        );
    }

    /// <summary>The commands of backup and restore must be ones that the server's command line knows.</summary>
    [Fact]
    public void BackupAndRestore_Arguments_AreReadByTheCommandLine()
    {
        CommandLine backup = Parsed("embedded+backup", "CronJob codec-backup");
        CommandLine restore = Parsed("restore", "Job codec-restore");

        Assert.Equal(("/backup", 7, "/data"), (backup.BackupFolder, backup.Keep, backup.Settings["Codec:Store:DataDirectory"]));
        Assert.Equal(("/backup", "/data"), (restore.RestoreFolder, restore.Settings["Codec:Store:DataDirectory"]));

        static CommandLine Parsed(string overlay, string workload) =>
            CommandLine.Parse([
                .. Manifests.Parse(Overlay.Render(overlay)).Workloads.Single(item => item.Name == workload).Containers.Single().Args,
            ]);
    }

    [Fact]
    public void Outside_Route_LeadsToTheClientsService()
    {
        Manifests manifests = Manifests.Parse(Overlay.Render("embedded+outside"));
        V1Service service = manifests.All<V1Service>().Single(service => service.Spec.ClusterIP != "None");

        GrpcRoute.RouteReference backend = Assert.Single(Assert.Single(Assert.Single(manifests.All<GrpcRoute>()).Spec.Rules).BackendRefs);

        Assert.Equal((service.Metadata.Name, service.Spec.Ports[0].Port), (backend.Name, backend.Port));
        Assert.Equal("kubernetes.io/h2c", service.Spec.Ports[0].AppProtocol);
    }

    /// <summary>The server's options must name files that the Secret's volume has; clients of the Services must expect TLS.</summary>
    [Fact]
    public void Tls_Files_AreMountedFromTheSecret()
    {
        Manifests manifests = Manifests.Parse(Overlay.Render("embedded+tls"));
        V1ConfigMap options = Assert.Single(manifests.All<V1ConfigMap>());
        V1PodSpec pod = Assert.Single(manifests.All<V1StatefulSet>()).Spec.Template.Spec;
        V1VolumeMount mount = Assert.Single(Assert.Single(pod.Containers).VolumeMounts, mount => mount.Name == "tls");
        V1SecretVolumeSource secret = Assert.Single(pod.Volumes, volume => volume.Name == "tls").Secret;

        Assert.Equal("https://*:5080", options.Data["Codec__Listen"]);
        Assert.Equal(
            secret.Items.Select(item => $"{mount.MountPath}/{item.Path}"),
            [options.Data["Codec__Tls__Certificate"], options.Data["Codec__Tls__Key"]]
        );
        Assert.Equal(["tls.crt", "tls.key"], secret.Items.Select(item => item.Key));
        Assert.True(mount.ReadOnlyProperty);
        Assert.All(manifests.All<V1Service>(), service => Assert.Equal("https", Assert.Single(service.Spec.Ports).AppProtocol));
    }

    /// <summary>With TLS, no job may go on in clear text, and none may get the server's key.</summary>
    [Theory]
    [InlineData("embedded+tls", 1)]
    [InlineData("first-model+tls-clients", 1)]
    [InlineData("traffic+tls-clients", 2)]
    public void Tls_Clients_CallTheServerByTlsAndTrustItsAuthority(string overlay, int clients)
    {
        Workload[] callers =
        [
            .. Manifests.Parse(Overlay.Render(overlay)).Workloads.Where(workload => workload.Labels.ContainsKey("codec.client")),
        ];

        Assert.Equal(clients, callers.Length);
        Assert.All(
            callers,
            workload =>
            {
                V1Container client = Assert.Single(workload.Template!.Spec.Containers);
                V1VolumeMount mount = Assert.Single(client.VolumeMounts, mount => mount.Name == "tls");
                V1KeyToPath file = Assert.Single(
                    Assert.Single(workload.Template.Spec.Volumes, volume => volume.Name == "tls").Secret.Items
                );
                Assert.Equal("https://codec-server:5080", Value(client, "CODEC_SERVER"));
                Assert.Equal($"{mount.MountPath}/{file.Path}", Value(client, "CODEC_CA"));
                Assert.Equal("ca.crt", file.Key);
                Assert.DoesNotContain(client.Args, argument => argument.StartsWith("http", StringComparison.Ordinal));
            }
        );
    }

    /// <summary>
    /// The server reads the issuer's keys by the port of its https URL, and finds its address by DNS; base allows no outgoing call.
    /// </summary>
    [Fact]
    public void Issuer_Policy_LetsTheServerReadKeys()
    {
        Manifests manifests = Manifests.Parse(Overlay.Render("embedded+issuer"));
        V1NetworkPolicy[] policies =
        [
            .. manifests
                .All<V1NetworkPolicy>()
                .Where(policy => policy.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"] == "codec-server"),
        ];
        var issuer = new Uri(Assert.Single(manifests.All<V1ConfigMap>()).Data["Codec__Identity__JwtIssuer"]);

        V1NetworkPolicy reading = Assert.Single(policies, policy => policy.Spec.Egress is not null);
        Assert.Equal(["Ingress", "Egress"], reading.Spec.PolicyTypes);
        Assert.Equal(
            [$"TCP {issuer.Port}", "UDP 53", "TCP 53"],
            reading.Spec.Egress.SelectMany(rule => rule.Ports).Select(port => $"{port.Protocol} {port.Port}")
        );
        Assert.Equal(Uri.UriSchemeHttps, issuer.Scheme);
    }

    [Fact]
    public void DisruptionBudget_Selector_SelectsTheServersPodAlone()
    {
        Manifests manifests = Manifests.Parse(Overlay.Render("embedded+disruption-budget"));
        V1PodDisruptionBudget budget = Assert.Single(manifests.All<V1PodDisruptionBudget>());

        Workload selected = Assert.Single(
            manifests.Workloads,
            workload => budget.Spec.Selector.MatchLabels.All(label => workload.Labels.Contains(label))
        );
        Assert.Equal("StatefulSet codec-server", selected.Name);
        Assert.Equal("1", budget.Spec.MinAvailable.ToString());
    }

    /// <summary>Prometheus' file and the operator's object have the same alerts.</summary>
    [Fact]
    public void Alerts_Rule_IsTheFileOfTheDocuments()
    {
        PrometheusRule rule = Assert.Single(Manifests.Parse(Overlay.Render("embedded+alerts")).All<PrometheusRule>());
        PrometheusRule.RuleSpec file = KubernetesYaml.Deserialize<PrometheusRule.RuleSpec>(
            Repository.Read("docs", "operations", "alerts.yaml"),
            strict: true
        );

        Assert.NotEmpty(file.Groups.SelectMany(group => group.Rules));
        Assert.Equal(KubernetesYaml.Serialize(file), KubernetesYaml.Serialize(rule.Spec));
    }

    private static string Value(V1Container container, string variable) =>
        Assert.Single(container.Env, entry => entry.Name == variable).Value;

    [Fact]
    public void Monitoring_ServiceMonitor_FindsTheOperationsPortThatTheNetworkPolicyAdmits()
    {
        Manifests manifests = Manifests.Parse(Overlay.Render("embedded+monitoring"));
        ServiceMonitor monitor = Assert.Single(manifests.All<ServiceMonitor>());
        ServiceMonitor.MonitorEndpoint endpoint = Assert.Single(monitor.Spec.Endpoints);

        V1Service service = Assert.Single(
            manifests.All<V1Service>(),
            service => monitor.Spec.Selector.MatchLabels.All(label => service.Metadata.Labels?.Contains(label) == true)
        );
        V1ServicePort port = Assert.Single(service.Spec.Ports, port => port.Name == endpoint.Port);
        V1NetworkPolicy policy = manifests.All<V1NetworkPolicy>().Single(policy => policy.Metadata.Name == "codec-server-monitoring");
        Assert.Equal("/metrics", endpoint.Path);
        Assert.Equal(
            port.Port.ToString(CultureInfo.InvariantCulture),
            Assert.Single(Assert.Single(policy.Spec.Ingress).Ports).Port.ToString()
        );
        // Clients' policies do not admit anyone to that port.
        Assert.DoesNotContain(
            manifests.All<V1NetworkPolicy>().Where(other => other != policy).SelectMany(other => other.Spec.Ingress ?? []),
            rule => rule.Ports.Any(admitted => admitted.Port.ToString() == "5081")
        );
    }
}
