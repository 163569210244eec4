using System.Text.Json;
using k8s;
using k8s.Models;
using YamlDotNet.Serialization;

namespace Deployment.Tests.Rendering;

/// <summary>Rendered objects, parsed as the API server reads them: an unknown field, a repeated key or a wrong type is refused.</summary>
internal sealed class Manifests
{
    private static readonly Dictionary<string, Type> TypeMap = new()
    {
        [GrpcRoute.TypeName] = typeof(GrpcRoute),
        [ServiceMonitor.TypeName] = typeof(ServiceMonitor),
        [PrometheusRule.TypeName] = typeof(PrometheusRule),
    };

    private Manifests(IReadOnlyList<IKubernetesObject<V1ObjectMeta>> objects) => Objects = objects;

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>Objects that run pods, cron jobs included.</summary>
    public IEnumerable<Workload> Workloads => Objects.Select(Workload.From).OfType<Workload>();

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    /// <exception cref="InvalidManifestException">An object cannot be parsed; the message contains the reason.</exception>
    public static Manifests Parse(string yaml)
    {
        try
        {
            List<object> objects = KubernetesYaml.LoadAllFromString(yaml, TypeMap, strict: true);
            // The YAML parser accepts "1" for 1; the API server and the JSON parser refuse it.
            string[] documents = yaml.Split("\n---\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach ((string document, object parsed) in documents.Zip(objects))
                RequireJsonTypes(document, parsed.GetType());

            return new Manifests([.. objects.Cast<IKubernetesObject<V1ObjectMeta>>()]);
        }
        catch (Exception exception) when (exception is YamlDotNet.Core.YamlException or JsonException or KeyNotFoundException)
        {
            throw new InvalidManifestException($"{exception.Message} {exception.InnerException?.Message}", exception);
        }
    }

    private static void RequireJsonTypes(string document, Type type)
    {
        object? plain = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(document);
        string json = new SerializerBuilder().JsonCompatible().Build().Serialize(plain);
        typeof(KubernetesJson)
            .GetMethod(nameof(KubernetesJson.Deserialize), [typeof(string), typeof(JsonSerializerOptions)])!
            .MakeGenericMethod(type)
            .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [json, null], null);
    }
}

/// <summary>A manifest that the API server would refuse.</summary>
internal sealed class InvalidManifestException(string message, Exception inner) : Exception(message, inner);
