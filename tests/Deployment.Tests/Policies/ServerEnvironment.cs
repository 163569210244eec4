using System.ComponentModel.DataAnnotations;
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
    private static readonly string[] Platform = ["Logging:LogLevel:", "Kestrel:Certificates:", "DOTNET_"];

    public static IEnumerable<string> UnknownOptions(Manifests manifests) =>
        from workload in manifests.Workloads
        where IsServer(workload)
        from variable in Variables(manifests, workload)
        where !OptionCatalog.All.Any(option => option.Key == variable.Key) && !Platform.Any(variable.Key.StartsWith)
        select $"{workload.Name} sets {variable.Key}, which is not an option of the server";

    /// <summary>Binds and validates the options as the server does when it starts.</summary>
    public static IEnumerable<string> InvalidValues(Manifests manifests)
    {
        foreach (Workload workload in manifests.Workloads.Where(IsServer))
        {
            IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(Variables(manifests, workload)).Build();
            foreach ((Type type, string section) in OptionCatalog.Sections)
            {
                object options = Activator.CreateInstance(type)!;
                string? refused = null;
                try
                {
                    configuration.GetSection(section).Bind(options);
                }
                catch (InvalidOperationException exception)
                {
                    refused = exception.Message;
                }

                List<ValidationResult> results = [];
                Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
                foreach (
                    string? message in results.Select(result => result.ErrorMessage).Append(refused).Where(message => message is not null)
                )
                {
                    yield return $"{workload.Name}, section {section}: {message}";
                }
            }
        }
    }

    /// <summary>
    /// Containers, probes, services and network policies must name the server's default port, which is the one that it listens on.
    /// </summary>
    public static IEnumerable<string> PortViolations(Manifests manifests)
    {
        int standard = Port(new ServerOptions().Listen);
        foreach (Workload workload in manifests.Workloads.Where(IsServer))
        {
            int listens = Port(Value(manifests, workload, "Codec:Listen"));
            IEnumerable<(string Where, int? Port)> named = workload.Containers.SelectMany(container =>
                (IEnumerable<(string, int?)>)
                    [
                        ("its options", listens),
                        ($"container {container.Name}", (container.Ports ?? []).FirstOrDefault(port => port.Name == "grpc")?.ContainerPort),
                        ("its startup probe", container.StartupProbe?.Grpc?.Port ?? standard),
                        ("its readiness probe", container.ReadinessProbe?.Grpc?.Port ?? standard),
                        ("its liveness probe", container.LivenessProbe?.Grpc?.Port ?? standard),
                    ]
            );
            named = named.Concat(
                manifests
                    .All<V1Service>()
                    .SelectMany(service =>
                        (service.Spec?.Ports ?? []).SelectMany(port =>
                            (IEnumerable<(string, int?)>)
                                [
                                    ($"Service {service.Metadata.Name}", port.Port),
                                    (
                                        $"the target of Service {service.Metadata.Name}",
                                        port.TargetPort?.ToString() == "grpc" ? standard : null
                                    ),
                                ]
                        )
                    )
            );
            named = named.Concat(
                manifests
                    .All<V1NetworkPolicy>()
                    .Where(policy => policy.Spec?.PodSelector?.MatchLabels?.Values.Contains("codec-server") == true)
                    .SelectMany(policy =>
                        (policy.Spec.Ingress ?? [])
                            .SelectMany(rule => rule.Ports ?? [])
                            .Select(port =>
                                (
                                    $"NetworkPolicy {policy.Metadata.Name}",
                                    int.TryParse(port.Port?.ToString(), CultureInfo.InvariantCulture, out int number) ? (int?)number : null
                                )
                            )
                    )
            );
            foreach ((string where, int? port) in named.Where(name => name.Port != standard))
                yield return $"{workload.Name}: {where} names port {port?.ToString(CultureInfo.InvariantCulture) ?? "none"}, the server's default is {standard}";
        }
    }

    /// <summary>The value of a server's option in a deployment; its default if the deployment does not set it.</summary>
    public static string Value(Manifests manifests, Workload workload, string key) =>
        Variables(manifests, workload).GetValueOrDefault(key) ?? OptionCatalog.All.Single(option => option.Key == key).Default;

    private static bool IsServer(Workload workload) =>
        workload.Serves && workload.Containers.Any(container => Images.IsServer(container.Image));

    private static int Port(string listen) => int.Parse(listen.TrimEnd('/')[(listen.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

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
