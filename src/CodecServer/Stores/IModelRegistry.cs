using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>A published version.</summary>
internal sealed record VersionRecord(string Model, Digest Digest, string Publisher, DateTimeOffset PublishedAt, long Size);

/// <summary>A version to be published.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Digest">SHA-256 of the manifest.</param>
/// <param name="Publisher">Who publishes.</param>
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

/// <summary>An alias as a move left it.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias.</param>
/// <param name="Digest">The version that it points to; null where the move was its deletion.</param>
/// <param name="Revision">1 for the first move, and one more with each.</param>
/// <param name="MovedBy">Who moved it.</param>
/// <param name="MovedAt">When.</param>
internal sealed record AliasRecord(string Model, string Name, Digest? Digest, long Revision, string MovedBy, DateTimeOffset MovedAt);

/// <summary>A move of an alias by compare-and-swap.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias.</param>
/// <param name="Digest">The version to point to; null deletes the alias.</param>
/// <param name="ExpectedRevision">The revision that the caller has seen; 0 for an alias that does not exist.</param>
/// <param name="MovedBy">Who moves it.</param>
internal sealed record AliasMove(string Model, string Name, Digest? Digest, long ExpectedRevision, string MovedBy);

/// <summary>A model and where its aliases stand.</summary>
internal sealed record ModelRecord(string Name, int Versions, IReadOnlyList<AliasRecord> Aliases);

/// <summary>Something changed in a registry.</summary>
/// <param name="Model">The model's name.</param>
internal abstract record RegistryChange(string Model);

/// <summary>An alias moved or was deleted, or stands so as a watch begins.</summary>
internal sealed record AliasMoved(AliasRecord Alias) : RegistryChange(Alias.Model);

/// <summary>A version was published.</summary>
internal sealed record VersionPublished(VersionRecord Version) : RegistryChange(Version.Model);

/// <summary>A version was deleted.</summary>
internal sealed record VersionDeleted(VersionRecord Version) : RegistryChange(Version.Model);

/// <summary>Versions, their manifests, and the aliases that point to them. What a call returns from is durable.</summary>
internal interface IModelRegistry
{
    /// <summary>Adds a version.</summary>
    /// <returns>The version as it stands, and whether it is new; adding one that exists changes nothing.</returns>
    /// <exception cref="RequestException">ResourceExhausted: there are too many versions, or the disk is full.</exception>
    Task<(VersionRecord Version, bool Created)> AddVersionAsync(NewVersion version, CancellationToken cancellationToken);

    /// <summary>The version with this digest; null where there is none.</summary>
    Task<VersionRecord?> FindVersionAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>A version's manifest, byte for byte.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<byte[]> ReadManifestAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>A model's versions, newest first.</summary>
    Task<IReadOnlyList<VersionRecord>> ListVersionsAsync(string model, CancellationToken cancellationToken);

    /// <summary>The models that have versions, by name.</summary>
    Task<IReadOnlyList<ModelRecord>> ListModelsAsync(CancellationToken cancellationToken);

    /// <summary>Deletes a version.</summary>
    /// <returns>The blobs that no version lists any more.</returns>
    /// <exception cref="RequestException">NotFound. FailedPrecondition: an alias points to it.</exception>
    Task<IReadOnlyList<Digest>> DeleteVersionAsync(string model, Digest digest, CancellationToken cancellationToken);

    /// <summary>Moves an alias by compare-and-swap.</summary>
    /// <exception cref="RequestException">
    /// NotFound: the version, or the alias to delete. Aborted: the alias is at another revision.
    /// </exception>
    Task<AliasRecord> MoveAliasAsync(AliasMove move, CancellationToken cancellationToken);

    /// <summary>The alias as it stands; null where it does not exist or was deleted.</summary>
    Task<AliasRecord?> FindAliasAsync(string model, string name, CancellationToken cancellationToken);

    /// <summary>The aliases of one model by name; of all models where null.</summary>
    Task<IReadOnlyList<AliasRecord>> ListAliasesAsync(string? model, CancellationToken cancellationToken);

    /// <summary>An alias's moves, newest first, at most the newest 1,000.</summary>
    Task<IReadOnlyList<AliasRecord>> ListAliasHistoryAsync(string model, string name, CancellationToken cancellationToken);

    /// <summary>Each alias as it stands, then every change in order, without a gap between the two.</summary>
    /// <param name="model">One model's name; null for all.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RequestException">Unavailable: the watcher is too slow; it must watch again.</exception>
    IAsyncEnumerable<RegistryChange> WatchAsync(string? model, CancellationToken cancellationToken);
}
