using Codec.Errors;
using Codec.Models;
using Codec.Server.Identity;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>
/// Publishes the models that ship with the server and points their <c>live</c> aliases at them, unless the server has ever had a model of
/// the same name.
/// </summary>
/// <remarks>
/// It leaves a name alone once others have used it: published a version, moved the alias, or deleted it, which the alias's history records.
/// A start that was interrupted between the publication and the alias is completed by the next start.
/// </remarks>
internal sealed class ShippedModels(
    ModelPublisher publisher,
    IModelRegistry registry,
    IBlobStore blobs,
    IOptions<ModelOptions> options,
    ILogger<ShippedModels> logger
)
{
    /// <summary>The publisher that the records name.</summary>
    public const string Publisher = "codec-server";

    private const string FilePattern = "*.codec";

    private static readonly Caller Self = new(Publisher, Grants.All);

    private static readonly PageRequest FirstPage = new(PageRequest.Most);

    /// <summary>Publishes the models whose names are new; logs those that cannot be published.</summary>
    /// <exception cref="OperationCanceledException">The server stops.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        foreach (string file in Files())
        {
            string name = Path.GetFileNameWithoutExtension(file);
            try
            {
                if (await IsUnknownAsync(name, cancellationToken))
                    await PublishAsync(name, ModelPackage.Load(file), cancellationToken);
            }
            catch (Exception exception)
                when (exception is InvalidModelException or IOException or UnauthorizedAccessException or RequestException)
            {
                // The server starts without this model.
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

    /// <summary>Whether no one but earlier starts has published a model of this name, and its alias has never moved.</summary>
    private async Task<bool> IsUnknownAsync(string name, CancellationToken cancellationToken) =>
        ModelLimits.IsName(name)
        && (await registry.ListVersionsAsync(name, FirstPage, cancellationToken)).Items.All(version => version.Publisher == Publisher)
        && (await registry.ListAliasHistoryAsync(name, ModelReference.LiveAlias, FirstPage, cancellationToken)).Items.Count == 0;

    private async Task PublishAsync(string name, ModelPackage package, CancellationToken cancellationToken)
    {
        if (package.Manifest.Name != name)
            throw new InvalidModelException("name", $"the file is named '{name}', its manifest '{package.Manifest.Name}'; rename one.");

        foreach (BlobEntry blob in package.Manifest.Blobs)
        {
            BlobState state = await blobs.QueryAsync(blob, cancellationToken);
            if (!state.Complete)
            {
                ReadOnlyMemory<byte> rest = package.Blobs[blob.Digest][(int)state.CommittedSize..];
                await blobs.AppendAsync(blob, state.CommittedSize, new[] { rest }.ToAsyncEnumerable(), cancellationToken);
            }
        }

        await publisher.PublishAsync(package.ManifestBytes, Publisher, Self, cancellationToken);
        await publisher.MoveAliasAsync(
            new AliasMove(name, ModelReference.LiveAlias, AliasTargets.Of(package.Version), ExpectedRevision: 0, Publisher),
            Self,
            cancellationToken
        );
        ServerLog.ShippedModelPublished(logger, name, package.Version.Hex);
    }
}
