using System.Text.RegularExpressions;
using Codec.Tests.Shared;
using Deployment.Tests.Rendering;

namespace Deployment.Tests.Policies;

/// <summary>
/// Images are the product's own at its own version, or others pinned to a digest or a version; never `latest`. Each names its registry:
/// without one, a node takes the image of that name from a public registry, which may be a stranger's.
/// </summary>
internal static partial class Images
{
    public static IEnumerable<string> Unpinned(Manifests manifests) =>
        from workload in manifests.Workloads
        from container in workload.Containers
        let image = container.Image ?? ""
        where IsOurs(image) ? !image.EndsWith($":{Repository.Version}", StringComparison.Ordinal) : !Pinned().IsMatch(image)
        select $"{workload.Name}'s container {container.Name} runs '{image}'";

    public static IEnumerable<string> WithoutRegistry(Manifests manifests) =>
        from workload in manifests.Workloads
        from container in workload.Containers
        let image = container.Image ?? ""
        where !Registry().IsMatch(image)
        select $"{workload.Name}'s container {container.Name} runs '{image}', which names no registry";

    /// <summary>Whether an image is the server's.</summary>
    public static bool IsServer(string? image) => image?.Contains("codec/server:", StringComparison.Ordinal) == true;

    private static bool IsOurs(string image) => Ours().IsMatch(image);

    [GeneratedRegex(@"(^|/)codec/[^/]+$")]
    private static partial Regex Ours();

    /// <summary>A host has a dot or a port, or is localhost: otherwise it is a user of the public registry.</summary>
    [GeneratedRegex(@"^([\w-]+(\.[\w-]+)+(:\d+)?|[\w-]+:\d+|localhost)/")]
    private static partial Regex Registry();

    [GeneratedRegex(@"(:\d+\.\d+(\.\d+)?[\w.-]*|@sha256:[0-9a-f]{64})$")]
    private static partial Regex Pinned();
}
