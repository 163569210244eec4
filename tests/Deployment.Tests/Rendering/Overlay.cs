using System.Collections.Concurrent;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Deployment.Tests.Rendering;

/// <summary>The overlays and the components, as kustomize renders them.</summary>
internal static class Overlay
{
    /// <summary>The installation, which components change.</summary>
    public const string Installation = "embedded";

    /// <summary>Exit status of eng/kustomize.sh if neither kustomize nor kubectl is installed.</summary>
    private const int NoKustomize = 127;

    /// <summary>The component that names the images; as the last one, it covers what the others add.</summary>
    private const string Registry = "registry";

    private static readonly ConcurrentDictionary<string, Lazy<string>> Rendered = new();

    /// <summary>The components that change the installation.</summary>
    public static IReadOnlyList<string> Components { get; } = [.. Folders("components").Where(name => name != Registry)];

    /// <summary>
    /// The names of all that is rendered: each overlay, and the installation with each component (<c>embedded+backup</c>) and with all.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Folders("overlays"),
        .. Components.Select(component => $"{Installation}+{component}"),
        $"{Installation}+{string.Join('+', Components)}",
    ];

    /// <summary>Renders an overlay with components; skips the test if kustomize is not installed.</summary>
    /// <param name="name">The overlay's name, then components, each after a plus sign.</param>
    public static string Render(string name) =>
        Rendered
            .GetOrAdd(
                name,
                static name => new Lazy<string>(() =>
                    name.Split('+') is [var overlay, .. var components] && components.Length > 0
                        ? RenderSite(overlay, [.. components.Append(Registry).Select(component => PathOf("components", component))])
                        : RenderFolder(PathOf("overlays", name))
                )
            )
            .Value;

    /// <summary>Renders a user's own kustomization of an overlay.</summary>
    /// <param name="overlay">The overlay's name.</param>
    /// <param name="components">The folders of the components, in order.</param>
    public static string RenderSite(string overlay, IReadOnlyList<string> components)
    {
        // Inside the repository: kustomize refuses absolute paths, and a relative one must not cross a symbolic link.
        string site = Directory.CreateDirectory(Repository.PathOf("artifacts", "sites", Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            File.WriteAllLines(
                Path.Combine(site, "kustomization.yaml"),
                [
                    "apiVersion: kustomize.config.k8s.io/v1beta1",
                    "kind: Kustomization",
                    "resources:",
                    $"  - {Path.GetRelativePath(site, PathOf("overlays", overlay))}",
                    "components:",
                    .. components.Select(component => $"  - {Path.GetRelativePath(site, component)}"),
                ]
            );
            return RenderFolder(site);
        }
        finally
        {
            Directory.Delete(site, recursive: true);
        }
    }

    /// <summary>Renders a kustomization; skips the test if kustomize is not installed.</summary>
    public static string RenderFolder(string folder)
    {
        BufferedCommandResult result = Programs
            .Command(Repository.PathOf("eng", "kustomize.sh"), folder)
            .RunAsync(CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        Assert.SkipWhen(result.ExitCode == NoKustomize, result.StandardError.Trim());
        Assert.True(result.IsSuccess, result.StandardError);
        Assert.Empty(result.StandardError);
        return result.StandardOutput;
    }

    private static string PathOf(string kind, string name) => Repository.PathOf("k8s", kind, name);

    private static IEnumerable<string> Folders(string kind) =>
        Directory.GetDirectories(Repository.PathOf("k8s", kind)).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);
}
