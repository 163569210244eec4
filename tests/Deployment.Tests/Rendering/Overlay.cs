using System.Collections.Concurrent;
using System.Diagnostics;

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
            .GetDirectories(Path.Combine(Repository.Root, "k8s", "overlays"))
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Renders an overlay; skips the test where no kustomize is installed.</summary>
    public static string Render(string name) =>
        Rendered.GetOrAdd(
            name,
            static name =>
            {
                var start = new ProcessStartInfo(
                    Path.Combine(Repository.Root, "eng", "kustomize.sh"),
                    [Path.Combine(Repository.Root, "k8s", "overlays", name)]
                )
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                };
                using Process process = Process.Start(start)!;
                Task<string> errors = process.StandardError.ReadToEndAsync();
                string yaml = process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                Assert.SkipWhen(process.ExitCode == NoKustomize, errors.Result.Trim());
                Assert.True(process.ExitCode == 0, errors.Result);
                Assert.Empty(errors.Result);
                return yaml;
            }
        );
}
