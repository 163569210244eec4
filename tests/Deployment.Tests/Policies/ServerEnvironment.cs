using System.Globalization;
using Codec.Server.Options;
using Deployment.Tests.Rendering;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace Deployment.Tests.Policies;

/// <summary>Checks the options that a deployment sets against those that the server has.</summary>
internal static class ServerEnvironment
{
    /// <summary>Prefixes of settings that are not ours: ASP.NET Core's and .NET's.</summary>
    private static readonly string[] Platform = ["Logging:LogLevel:", "DOTNET_"];

    /// <summary>The port of the endpoint for clients, in each deployment: the default of <c>--listen</c>.</summary>
    private const int GrpcPort = 5080;

    /// <summary>The port of the operations endpoint, in each deployment.</summary>
    private const int OperationsPort = 5081;

    public static IEnumerable<string> UnknownOptions(Manifests manifests) =>
        from workload in manifests.Workloads
        where IsServer(workload)
        from variable in Variables(manifests, workload)
        where !OptionCatalog.All.Any(option => option.Key == variable.Key) && !Platform.Any(variable.Key.StartsWith)
        select $"{workload.Name} sets {variable.Key}, which is not an option of the server";

    /// <summary>Checks the values as the server does when it starts.</summary>
    public static IEnumerable<string> InvalidValues(Manifests manifests) =>
        from workload in manifests.Workloads
        where IsServer(workload)
        from problem in OptionCheck.Problems(new ConfigurationBuilder().AddInMemoryCollection(Variables(manifests, workload)).Build())
        select $"{workload.Name}: {problem}";

    /// <summary>
    /// Options, containers, services and network policies must name the ports of an endpoint by its number here, or by its name.
    /// </summary>
    public static IEnumerable<string> PortViolations(Manifests manifests)
    {
        IEnumerable<(string, string, int)> endpoints =
        [
            ("grpc", "Codec:Listen", GrpcPort),
            ("operations", "Codec:Operations:Listen", OperationsPort),
        ];
        foreach (Workload workload in manifests.Workloads.Where(IsServer))
        {
            foreach ((string name, string key, int port) in endpoints)
            {
                IEnumerable<(string Where, int? Port)> named =
                [
                    ("its options", ListenAddress.TryParse(Value(manifests, workload, key))?.Port),
                    .. workload.Containers.Select(container =>
                        ($"container {container.Name}", (container.Ports ?? []).FirstOrDefault(port => port.Name == name)?.ContainerPort)
                    ),
                ];
                foreach ((string where, int? actual) in named.Where(entry => entry.Port != port))
                    yield return $"{workload.Name}: {where} names port {actual?.ToString(CultureInfo.InvariantCulture) ?? "none"} for {name}, which has {port}";
            }
        }

        IEnumerable<(string Where, string Name, string? Port)> used =
        [
            .. from service in manifests.All<V1Service>()
            from port in service.Spec?.Ports ?? []
            from number in (string?[])[port.Port.ToString(CultureInfo.InvariantCulture), port.TargetPort?.ToString()]
            select ($"Service {service.Metadata.Name}", port.Name, number),
            .. from policy in manifests.All<V1NetworkPolicy>()
            where policy.Spec?.PodSelector?.MatchLabels?.Values.Contains("codec-server") == true
            from rule in policy.Spec.Ingress ?? []
            from port in rule.Ports ?? []
            select ($"NetworkPolicy {policy.Metadata.Name}", "", port.Port?.ToString()),
        ];
        foreach ((string where, string name, string? port) in used)
        {
            if (!endpoints.Any(endpoint => Matches(endpoint)))
                yield return $"{where} names port {port ?? "none"}; the server has grpc {GrpcPort} and operations {OperationsPort}";

            bool Matches((string Name, string Key, int Port) endpoint) =>
                (name.Length == 0 || name == endpoint.Name)
                && (port == endpoint.Name || port == endpoint.Port.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The value of a server's option in a deployment; its default if the deployment does not set it.</summary>
    public static string Value(Manifests manifests, Workload workload, string key) =>
        Variables(manifests, workload).GetValueOrDefault(key) ?? OptionCatalog.All.Single(option => option.Key == key).Default;

    private static bool IsServer(Workload workload) =>
        workload.Serves && workload.Containers.Any(container => Images.IsServer(container.Image));

    private static Dictionary<string, string?> Variables(Manifests manifests, Workload workload)
    {
        var variables = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (V1Container container in workload.Containers)
        {
            foreach (V1EnvFromSource source in container.EnvFrom ?? [])
            {
                V1ConfigMap? map = manifests.All<V1ConfigMap>().FirstOrDefault(map => map.Metadata.Name == source.ConfigMapRef?.Name);
                V1Secret? secret = manifests.All<V1Secret>().FirstOrDefault(secret => secret.Metadata.Name == source.SecretRef?.Name);
                foreach (
                    (string key, string? value) in (map?.Data ?? new Dictionary<string, string>())
                        .Select(pair => (pair.Key, (string?)pair.Value))
                        .Concat((secret?.Data?.Keys ?? []).Concat(secret?.StringData?.Keys ?? []).Select(key => (key, (string?)null)))
                )
                {
                    variables[source.Prefix + Key(key)] = value;
                }
            }

            foreach (V1EnvVar variable in container.Env ?? [])
                variables[Key(variable.Name)] = variable.ValueFrom?.FieldRef is { } field ? Resolve(workload, field) : variable.Value;
        }

        return variables;
    }

    /// <summary>The value that a field of the first pod has; its path where that is not a label.</summary>
    private static string Resolve(Workload workload, V1ObjectFieldSelector field) =>
        workload.Labels.FirstOrDefault(label => field.FieldPath == $"metadata.labels['{label.Key}']").Value ?? field.FieldPath;

    private static string Key(string variable) => variable.Replace("__", ":", StringComparison.Ordinal);
}
