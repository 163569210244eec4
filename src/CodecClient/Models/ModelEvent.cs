namespace Codec.Client;

/// <summary>One thing that a watch tells.</summary>
public abstract record ModelEvent
{
    private protected ModelEvent() { }
}

/// <summary>An alias moved or was deleted, or stands so as the watch begins.</summary>
/// <param name="Alias">As it now stands; its version is null where it was deleted.</param>
public sealed record AliasMoved(AliasInfo Alias) : ModelEvent;

/// <summary>A version was published.</summary>
/// <param name="Version">The version.</param>
public sealed record VersionPublished(VersionInfo Version) : ModelEvent;

/// <summary>A version was deleted.</summary>
/// <param name="Version">The version.</param>
public sealed record VersionDeleted(VersionInfo Version) : ModelEvent;

/// <summary>
/// The connection was lost and is restored. Each alias that moved meanwhile follows; versions that were published or deleted, and aliases
/// that were deleted meanwhile, do not: list them if they matter.
/// </summary>
public sealed record WatchRestored : ModelEvent;
