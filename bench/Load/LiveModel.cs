using Codec.Client;
using Codec.Models;

namespace Codec.Bench.Load;

/// <summary>Publishes models and moves their alias <c>live</c>.</summary>
internal static class LiveModel
{
    /// <summary>Publishes a version and makes it live.</summary>
    public static async Task PublishAsync(CodecClient client, ModelPackage package, CancellationToken cancellationToken)
    {
        await client.UploadModelAsync(package, cancellationToken: cancellationToken);
        await client.SetAliasAsync(package.Manifest.Name, ModelReference.LiveAlias, package.Version, cancellationToken: cancellationToken);
    }
}
