using System.Runtime.CompilerServices;
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
/// <param name="Targets">The versions that it points to; none if the move deleted it.</param>
/// <param name="Revision">1 for the first move, and one more for each later one.</param>
/// <param name="MovedBy">Who moved it.</param>
/// <param name="MovedAt">When it was moved.</param>
/// <param name="Restored">The revision whose targets the move restored; 0 if it was not a rollback.</param>
internal sealed record AliasRecord(
    string Model,
    string Name,
    AliasTargets Targets,
    long Revision,
    string MovedBy,
    DateTimeOffset MovedAt,
    long Restored = 0
)
{
    /// <summary>Chooses a version for a key: as <see cref="AliasTargets.Choose"/>, but each alias splits the keys in its own way.</summary>
    public Digest Choose(string key) => Targets.Choose($"{Model}@{Name} {key}");
}

/// <summary>A move of an alias by compare-and-swap.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias.</param>
/// <param name="Targets">The versions to point to; none deletes the alias.</param>
/// <param name="ExpectedRevision">The revision that the caller has read; 0 for an alias that does not exist.</param>
/// <param name="MovedBy">Who moves it.</param>
internal sealed record AliasMove(string Model, string Name, AliasTargets Targets, long ExpectedRevision, string MovedBy);

/// <summary>A rollback of an alias by compare-and-swap.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias.</param>
/// <param name="ExpectedRevision">The revision that the caller has read; 0 for an alias that was deleted.</param>
/// <param name="MovedBy">Who rolls it back.</param>
internal sealed record AliasRollback(string Model, string Name, long ExpectedRevision, string MovedBy);

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

/// <summary>A part of a list.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="Next">Where the next part begins; null after the last one. Only the store knows what the text means.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Asks for a part of a list.</summary>
/// <param name="MaxItems">Most items: 1 or more.</param>
/// <param name="After">The <c>Next</c> of the part before; null begins at the start.</param>
internal readonly record struct PageRequest(int MaxItems, string? After = null)
{
    /// <summary>
    /// Most items of a part. A version takes at most 620 bytes of a message (a model's name and an alias of 64, a digest of 64, a text of
    /// 128 characters of at most 3 bytes), an alias with eight targets 1,200, so 3,000 stay below gRPC's default limit of 4 MiB.
    /// </summary>
    public const int Most = 3000;
}

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
    /// <exception cref="RequestException">InvalidArgument: the page does not exist in this list.</exception>
    Task<Page<VersionRecord>> ListVersionsAsync(string model, PageRequest page, CancellationToken cancellationToken);

    /// <summary>
    /// Returns the models that have versions, sorted by name. A page ends early if its aliases are many (<see cref="PageRequest.Most"/>).
    /// </summary>
    /// <exception cref="RequestException">InvalidArgument: the page does not exist in this list.</exception>
    Task<Page<ModelRecord>> ListModelsAsync(PageRequest page, CancellationToken cancellationToken);

    /// <summary>Returns every blob that a version lists.</summary>
    Task<IReadOnlySet<Digest>> ListBlobsAsync(CancellationToken cancellationToken);

    /// <summary>Requires that a version exists and no alias points to it.</summary>
    /// <exception cref="RequestException">NotFound. FailedPrecondition: an alias points to it.</exception>
    Task RequireDeletableAsync(string model, Digest digest, CancellationToken cancellationToken);

    /// <summary>Deletes a version, and records that it was deleted.</summary>
    /// <returns>The blobs that no version lists any longer.</returns>
    /// <exception cref="RequestException">NotFound. FailedPrecondition: an alias points to it.</exception>
    Task<IReadOnlyList<Digest>> DeleteVersionAsync(string model, Digest digest, CancellationToken cancellationToken);

    /// <summary>Moves an alias by compare-and-swap.</summary>
    /// <exception cref="RequestException">
    /// NotFound: the version, or the alias to delete. Aborted: the alias is at another revision. ResourceExhausted: the model has too many
    /// aliases, or the disk is full.
    /// </exception>
    Task<AliasRecord> MoveAliasAsync(AliasMove move, CancellationToken cancellationToken);

    /// <summary>
    /// Moves an alias back to the newest targets before its current ones that no later rollback left. Deletions are passed over.
    /// </summary>
    /// <exception cref="RequestException">
    /// NotFound: the alias never existed. Aborted: it is at another revision. FailedPrecondition: the kept history has no such targets,
    /// or one of their versions was deleted. ResourceExhausted: as <see cref="MoveAliasAsync"/>.
    /// </exception>
    Task<AliasRecord> RollbackAliasAsync(AliasRollback rollback, CancellationToken cancellationToken);

    /// <summary>Returns an alias; null if it does not exist or was deleted.</summary>
    Task<AliasRecord?> FindAliasAsync(string model, string name, CancellationToken cancellationToken);

    /// <summary>Returns the aliases of a model, sorted by name.</summary>
    /// <exception cref="RequestException">InvalidArgument: the page does not exist in this list.</exception>
    Task<Page<AliasRecord>> ListAliasesAsync(string model, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Returns the kept moves of an alias, newest first.</summary>
    /// <exception cref="RequestException">InvalidArgument: the page does not exist in this list.</exception>
    Task<Page<AliasRecord>> ListAliasHistoryAsync(string model, string name, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Yields the state of each alias, then every change in order, without a gap between the two.</summary>
    /// <param name="model">The name of one model; null for all.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RequestException">Unavailable: the watcher is too slow; it must watch again.</exception>
    IAsyncEnumerable<RegistryChange> WatchAsync(string? model, CancellationToken cancellationToken);

    /// <summary>Returns free space to the disk.</summary>
    Task SweepAsync(CancellationToken cancellationToken);
}

/// <summary>Reads whole lists of a registry.</summary>
internal static class ModelRegistryExtensions
{
    /// <summary>Yields all models, page by page.</summary>
    public static async IAsyncEnumerable<ModelRecord> ReadModelsAsync(
        this IModelRegistry registry,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? next = null;
        do
        {
            Page<ModelRecord> page = await registry.ListModelsAsync(new PageRequest(PageRequest.Most, next), cancellationToken);
            foreach (ModelRecord model in page.Items)
                yield return model;

            next = page.Next;
        } while (next is not null);
    }
}
