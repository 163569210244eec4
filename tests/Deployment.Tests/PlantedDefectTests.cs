using Deployment.Tests.Policies;
using Deployment.Tests.Rendering;

namespace Deployment.Tests;

/// <summary>Tests of the tests: each defect that is planted into the rendered installation must be found.</summary>
public sealed class PlantedDefectTests
{
    /// <summary>Defects that the parser refuses.</summary>
    [Theory]
    [InlineData("readOnlyRootFilesystem:", "readOnlyRootFileSystem:", "readOnlyRootFileSystem")] // a misspelling
    [InlineData("terminationGracePeriodSeconds: 30", "terminationGracePeriod: 30", "terminationGracePeriod")]
    [InlineData("  replicas: 1\n", "  replicas: one\n", "")] // wrong types
    [InlineData("  replicas: 1\n", "  replicas: \"1\"\n", "")]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: \"true\"", "")]
    [InlineData("concurrencyPolicy: Forbid", "concurrencyPolicy: [Forbid]", "")]
    [InlineData("  replicas: 1\n", "  replicas: 1\n  replicas: 2\n", "replicas")] // a repeated key
    [InlineData("kind: StatefulSet", "kind: StatfulSet", "StatfulSet")]
    [InlineData("containerPort: 5080", "containerPort: 5080m", "")]
    public void Parse_PlantedDefect_IsRefused(string sound, string defect, string named)
    {
        InvalidManifestException exception = Assert.Throws<InvalidManifestException>(() => Manifests.Parse(Plant(sound, defect)));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Defects that a rule reports.</summary>
    [Theory]
    [InlineData(
        "      app.kubernetes.io/name: codec-server\n  serviceName",
        "      app.kubernetes.io/name: codec-serve\n  serviceName",
        "does not select its own pods"
    )]
    [InlineData(
        "  selector:\n    app.kubernetes.io/name: codec-server",
        "  selector:\n    app.kubernetes.io/name: server",
        "selects no pod"
    )]
    [InlineData("codec.client: \"true\"", "codec.client: \"yes\"", "NetworkPolicy codec-server names no pod")]
    [InlineData("Codec__DrainSeconds:", "Codec__DrainSecond:", "Codec:DrainSecond, which is not an option of the server")]
    [InlineData("Codec__DrainSeconds: \"15\"", "Codec__DrainSeconds: \"1000\"", "Codec:DrainSeconds is '1000'; it must be 1 to 300")]
    [InlineData("Codec__DrainSeconds: \"15\"", "Codec__DrainSeconds: \"long\"", "'long'")]
    [InlineData("Codec__DrainSeconds: \"15\"", "Codec__DrainSeconds: \"25\"", "do not fit")]
    [InlineData("storage: 10Gi", "storage: 9Gi", "bounds of the databases, of the models' files and 1 GiB of others need 10 GiB")]
    [InlineData("Codec__Store__ModelQuotaBytes: \"3221225472\"", "Codec__Store__ModelQuotaBytes: \"4294967296\"", "need 11 GiB")]
    [InlineData("Codec__Store__MaxDatabaseBytes: \"3221225472\"", "Codec__Store__MaxDatabaseBytes: \"0\"", "sets no bound")]
    [InlineData("Codec__Listen: http://*:5080", "Codec__Listen: http://*:8080", "its options names port 8080 for grpc")]
    [InlineData(
        "Codec__Operations__Listen: http://*:5081",
        "Codec__Operations__Listen: http://*:8081",
        "its options names port 8081 for operations"
    )]
    [InlineData("containerPort: 5081", "containerPort: 5082", "container server names port 5082 for operations")]
    [InlineData("path: /healthz/live", "path: /healthz/ready", "has no liveness probe of /healthz/live")]
    [InlineData("port: operations", "port: grpc", "at operations")]
    [InlineData("containerPort: 5080", "containerPort: 5082", "container server names port 5082 for grpc")]
    [InlineData("targetPort: grpc", "targetPort: 8080", "Service codec-server names port 8080")]
    [InlineData("codec/server:", "codec/server:latest-", "runs 'registry.example/codec/server:latest-")]
    [InlineData("codec/server:", "codec/server:9", "runs 'registry.example/codec/server:9")]
    [InlineData("image: registry.example/codec/trainer:", "image: docker.io/library/busybox:v", "runs 'docker.io/library/busybox:v")]
    [InlineData("image: registry.example/codec/trainer:", "image: codec/trainer:", "'codec/trainer:0.1.0', which names no registry")]
    [InlineData("startupProbe:", null, "has no startup probe")]
    [InlineData("livenessProbe:", null, "has no liveness probe")]
    [InlineData("readinessProbe:", null, "has no readiness probe")]
    [InlineData("preStop:", null, "has no preStop sleep")]
    [InlineData("limits:", null, "has no limit of memory")]
    [InlineData("automountServiceAccountToken: false", "automountServiceAccountToken: true", "mounts the service account's token")]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: false", "may run as root")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "write to its root")]
    [InlineData("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "gain privileges")]
    [InlineData("            - ALL\n", "            - NET_RAW\n", "capabilities")]
    [InlineData("type: RuntimeDefault", "type: Unconfined", "seccomp")]
    [InlineData("serviceName: codec-server-pods", "serviceName: codec-pods", "names Service codec-pods")]
    [InlineData("            optional: true\n", "", "names Secret codec-server-keys")]
    [InlineData("pod-name: codec-server-0", "pod-name: codec-server-1", "selects no pod")]
    [InlineData("    statefulset.kubernetes.io/pod-name: codec-server-0\n", "", "Service codec-server may reach more than one pod")]
    [InlineData("podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady", "has no spec.podManagementPolicy of Parallel")]
    [InlineData("metadata.labels['apps.kubernetes.io/pod-index']", "metadata.name", "Codec:Store:Replica is 'metadata.name'")]
    [InlineData("  policyTypes:\n", "  egress: []\n  policyTypes:\n", "has an empty list, 'egress: []'")]
    [InlineData(
        "configMapRef:\n            name: codec-server-",
        "configMapRef:\n            name: codec-config-",
        "names ConfigMap codec-config-"
    )]
    [InlineData("          name: data\n", "          name: disk\n", "names volume disk")]
    [InlineData("  replicas: 1\n", "", "has no spec.replicas")]
    [InlineData("schedule: 0 3 * * 0", "schedule: 0 3 * *", "has no spec.schedule of five parts")]
    public void Check_PlantedDefect_IsReported(string sound, string? defect, string report) =>
        Assert.Contains(
            Policy.Check(Manifests.Parse(Plant(sound, defect))),
            violation => violation.Contains(report, StringComparison.Ordinal)
        );

    /// <summary>Defects of the backup beside a server with a place of its own, that a rule reports.</summary>
    [Theory]
    [InlineData("storage: 80Gi", "storage: 50Gi", "7 backups and the next one need 72 GiB")]
    [InlineData("operator: Exists", "key: other", "does not tolerate its taint dedicated=codec")]
    [InlineData("            - --keep\n            - \"7\"\n", "", "keeps every backup")]
    public void Check_PlantedDefectOfTheBackup_IsReported(string sound, string defect, string report) =>
        Assert.Contains(
            Policy.Check(Manifests.Parse(Plant(sound, defect, "embedded+backup+placement"))),
            violation => violation.Contains(report, StringComparison.Ordinal)
        );

    /// <summary>
    /// Replaces the first occurrence of sound text in the rendered overlay by a defect; a null defect removes the block that begins there.
    /// </summary>
    private static string Plant(string sound, string? defect, string overlay = "embedded")
    {
        string yaml = Overlay.Render(overlay);
        int at = yaml.IndexOf(sound, StringComparison.Ordinal);
        Assert.True(at >= 0, $"The rendered overlay has no '{sound}' to spoil.");
        return defect is null ? WithoutBlock(yaml, at) : yaml[..at] + defect + yaml[(at + sound.Length)..];
    }

    /// <summary>A block is a line and all following lines that are indented deeper.</summary>
    private static string WithoutBlock(string yaml, int at)
    {
        int start = yaml.LastIndexOf('\n', at) + 1;
        int end = yaml.IndexOf('\n', at) + 1;
        while (string.IsNullOrWhiteSpace(yaml.Substring(end, at - start + 1)))
            end = yaml.IndexOf('\n', end) + 1;

        return yaml[..start] + yaml[end..];
    }
}
