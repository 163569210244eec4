namespace Codec.Client;

/// <summary>An event of a watch.</summary>
public abstract record ModelEvent
{
    private protected ModelEvent() { }
}

/// <summary>An alias moved or was deleted; when a watch starts, the current state of an alias.</summary>
/// <param name="Alias">The alias now; its version is null if it was deleted.</param>
public sealed record AliasMoved(AliasInfo Alias) : ModelEvent;

/// <summary>A version was published.</summary>
/// <param name="Version">The version.</param>
public sealed record VersionPublished(VersionInfo Version) : ModelEvent;

/// <summary>A version was deleted.</summary>
/// <param name="Version">The version.</param>
public sealed record VersionDeleted(VersionInfo Version) : ModelEvent;

/// <summary>
/// The connection was lost and is restored. An event follows for each alias that moved in between. Versions that were published or deleted
/// and aliases that were deleted in between cause no event: list them if they matter.
/// </summary>
public sealed record WatchRestored : ModelEvent;
