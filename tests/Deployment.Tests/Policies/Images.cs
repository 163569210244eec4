using System.Text.RegularExpressions;
using Codec.Tests.Shared;
using Deployment.Tests.Rendering;

namespace Deployment.Tests.Policies;

/// <summary>Images are the product's own at its own version, or others pinned to a digest or a version; never `latest`.</summary>
internal static partial class Images
{
    public static IEnumerable<string> Unpinned(Manifests manifests) =>
        from workload in manifests.Workloads
        from container in workload.Containers
        let image = container.Image ?? ""
        where IsOurs(image) ? !image.EndsWith($":{Repository.Version}", StringComparison.Ordinal) : !Pinned().IsMatch(image)
        select $"{workload.Name}'s container {container.Name} runs '{image}'";

    private static bool IsOurs(string image) => image.StartsWith("codec/", StringComparison.Ordinal);

    [GeneratedRegex(@"(:\d+\.\d+(\.\d+)?[\w.-]*|@sha256:[0-9a-f]{64})$")]
    private static partial Regex Pinned();
}
