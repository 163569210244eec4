using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>A published version.</summary>
internal sealed record VersionRecord(string Model, Digest Digest, string Publisher, DateTimeOffset PublishedAt, long Size);

/// <summary>A version to add.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Digest">SHA-256 of the manifest.</param>
/// <param name="Publisher">Who publishes it.</param>
/// <param name="Size">Bytes of manifest and blobs together.</param>
/// <param name="Manifest">The manifest's exact bytes.</param>
/// <param name="Blobs">The blobs that it lists.</param>
internal sealed record NewVersion(
    string Model,
    Digest Digest,
    string Publisher,
    long Size,
    ReadOnlyMemory<byte> Manifest,
    IReadOnlyList<Digest> Blobs
);

/// <summary>The state of an alias after a move.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias.</param>
/// <param name="Digest">The version that it points to; null if the move deleted it.</param>
/// <param name="Revision">1 for the first move, and one more for each later one.</param>
/// <param name="MovedBy">Who moved it.</param>
/// <param name="MovedAt">When it was moved.</param>
internal sealed record AliasRecord(string Model, string Name, Digest? Digest, long Revision, string MovedBy, DateTimeOffset MovedAt);

/// <summary>A move of an alias by compare-and-swap.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias.</param>
/// <param name="Digest">The version to point to; null deletes the alias.</param>
/// <param name="ExpectedRevision">The revision that the caller has read; 0 for an alias that does not exist.</param>
/// <param name="MovedBy">Who moves it.</param>
internal sealed record AliasMove(string Model, string Name, Digest? Digest, long ExpectedRevision, string MovedBy);

/// <summary>A model, its number of versions, and its aliases.</summary>
internal sealed record ModelRecord(string Name, int Versions, IReadOnlyList<AliasRecord> Aliases);

/// <summary>A change of a registry.</summary>
/// <param name="Model">The model's name.</param>
internal abstract record RegistryChange(string Model);

/// <summary>An alias was moved or deleted; at the beginning of a watch, its current state.</summary>
internal sealed record AliasMoved(AliasRecord Alias) : RegistryChange(Alias.Model);

/// <summary>A version was published.</summary>
internal sealed record VersionPublished(VersionRecord Version) : RegistryChange(Version.Model);

/// <summary>A version was deleted.</summary>
internal sealed record VersionDeleted(VersionRecord Version) : RegistryChange(Version.Model);

/// <summary>Stores versions, their manifests, and the aliases that point to them. A change is durable when its call returns.</summary>
internal interface IModelRegistry
{
    /// <summary>Adds a version.</summary>
    /// <returns>The stored version, and whether it is new; adding one that exists changes nothing.</returns>
    /// <exception cref="RequestException">ResourceExhausted: there are too many versions, or the disk is full.</exception>
    Task<(VersionRecord Version, bool Created)> AddVersionAsync(NewVersion version, CancellationToken cancellationToken);

    /// <summary>Returns the version with this digest; null if there is none.</summary>
    Task<VersionRecord?> FindVersionAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Returns a version's manifest, byte for byte.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<byte[]> ReadManifestAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Returns a model's versions, newest first.</summary>
    Task<IReadOnlyList<VersionRecord>> ListVersionsAsync(string model, CancellationToken cancellationToken);

    /// <summary>Returns the models that have versions, sorted by name.</summary>
    Task<IReadOnlyList<ModelRecord>> ListModelsAsync(CancellationToken cancellationToken);

    /// <summary>Deletes a version.</summary>
    /// <returns>The blobs that no version lists any longer.</returns>
    /// <exception cref="RequestException">NotFound. FailedPrecondition: an alias points to it.</exception>
    Task<IReadOnlyList<Digest>> DeleteVersionAsync(string model, Digest digest, CancellationToken cancellationToken);

    /// <summary>Moves an alias by compare-and-swap.</summary>
    /// <exception cref="RequestException">
    /// NotFound: the version, or the alias to delete. Aborted: the alias is at another revision.
    /// </exception>
    Task<AliasRecord> MoveAliasAsync(AliasMove move, CancellationToken cancellationToken);

    /// <summary>Returns an alias; null if it does not exist or was deleted.</summary>
    Task<AliasRecord?> FindAliasAsync(string model, string name, CancellationToken cancellationToken);

    /// <summary>Returns the aliases of one model, or of all models if <paramref name="model"/> is null, sorted by name.</summary>
    Task<IReadOnlyList<AliasRecord>> ListAliasesAsync(string? model, CancellationToken cancellationToken);

    /// <summary>Returns the newest 1,000 moves of an alias, newest first.</summary>
    Task<IReadOnlyList<AliasRecord>> ListAliasHistoryAsync(string model, string name, CancellationToken cancellationToken);

    /// <summary>Yields the state of each alias, then every change in order, without a gap between the two.</summary>
    /// <param name="model">The name of one model; null for all.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RequestException">Unavailable: the watcher is too slow; it must watch again.</exception>
    IAsyncEnumerable<RegistryChange> WatchAsync(string? model, CancellationToken cancellationToken);
}
