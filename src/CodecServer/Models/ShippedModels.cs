using Codec.Errors;
using Codec.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>The models that come with the server: each is published, and made live, on a server that has never heard of its name.</summary>
/// <remarks>
/// Whatever was done with a name by others stands: versions of theirs, a moved alias, a deletion (of which the alias's history tells). A
/// start that was cut off between publishing and the alias is gone on with by the next.
/// </remarks>
internal sealed class ShippedModels(
    ModelPublisher publisher,
    IModelRegistry registry,
    IBlobStore blobs,
    IOptions<ModelOptions> options,
    ILogger<ShippedModels> logger
)
{
    /// <summary>Who published, in the records.</summary>
    public const string Publisher = "codec-server";

    private const string FilePattern = "*.codec";

    /// <summary>Publishes what is new.</summary>
    /// <exception cref="OperationCanceledException">The server stops.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        foreach (string file in Files())
        {
            string name = Path.GetFileNameWithoutExtension(file);
            try
            {
                if (await IsUnknownAsync(name, cancellationToken))
                {
                    await PublishAsync(name, ModelPackage.Load(file), cancellationToken);
                }
            }
            catch (Exception exception)
                when (exception is InvalidModelException or IOException or UnauthorizedAccessException or RequestException)
            {
                // The server serves without it.
                ServerLog.ShippingFailed(logger, file, exception);
            }
        }
    }

    private string[] Files()
    {
        string given = options.Value.ShippedModels;
        string directory = Path.Combine(AppContext.BaseDirectory, given);
        return given.Length > 0 && Directory.Exists(directory)
            ? [.. Directory.GetFiles(directory, FilePattern).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Whether nobody else published a model of this name, or moved its alias.</summary>
    private async Task<bool> IsUnknownAsync(string name, CancellationToken cancellationToken) =>
        ModelLimits.IsName(name)
        && (await registry.ListVersionsAsync(name, cancellationToken)).All(version => version.Publisher == Publisher)
        && (await registry.ListAliasHistoryAsync(name, ModelReference.LiveAlias, cancellationToken)).Count == 0;

    private async Task PublishAsync(string name, ModelPackage package, CancellationToken cancellationToken)
    {
        if (package.Manifest.Name != name)
        {
            throw new InvalidModelException("name", $"the file's name says '{name}', its manifest '{package.Manifest.Name}'; rename one.");
        }

        foreach (BlobEntry blob in package.Manifest.Blobs)
        {
            BlobState state = await blobs.QueryAsync(blob.Digest, cancellationToken);
            if (!state.Complete)
            {
                ReadOnlyMemory<byte> rest = package.Blobs[blob.Digest][(int)state.CommittedSize..];
                await blobs.AppendAsync(blob, state.CommittedSize, new[] { rest }.ToAsyncEnumerable(), cancellationToken);
            }
        }

        await publisher.PublishAsync(package.ManifestBytes, Publisher, cancellationToken);
        await registry.MoveAliasAsync(
            new AliasMove(name, ModelReference.LiveAlias, package.Version, ExpectedRevision: 0, Publisher),
            cancellationToken
        );
    }
}
