using System.Collections.Concurrent;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Deployment.Tests.Rendering;

/// <summary>The overlays, as kustomize renders them.</summary>
internal static class Overlay
{
    /// <summary>What eng/kustomize.sh ends with where neither kustomize nor kubectl is installed.</summary>
    private const int NoKustomize = 127;

    private static readonly ConcurrentDictionary<string, string> Rendered = new();

    /// <summary>The names of all overlays.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory
            .GetDirectories(Repository.PathOf("k8s", "overlays"))
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Renders an overlay; skips the test where no kustomize is installed.</summary>
    public static string Render(string name) =>
        Rendered.GetOrAdd(
            name,
            static name =>
            {
                BufferedCommandResult result = Programs
                    .Command(Repository.PathOf("eng", "kustomize.sh"), Repository.PathOf("k8s", "overlays", name))
                    .RunAsync(CancellationToken.None)
                    .GetAwaiter()
                    .GetResult();
                Assert.SkipWhen(result.ExitCode == NoKustomize, result.StandardError.Trim());
                Assert.True(result.IsSuccess, result.StandardError);
                Assert.Empty(result.StandardError);
                return result.StandardOutput;
            }
        );
}
