namespace Codec.Server.Identity;

/// <summary>On whose behalf a request runs.</summary>
/// <param name="Name">The proven name; null where the caller proved none.</param>
internal sealed record Caller(string? Name)
{
    /// <summary>A caller that proved nothing: every caller, as long as the server does not authenticate.</summary>
    public static Caller Anonymous { get; } = new(Name: null);

    /// <summary>
    /// Returns the name that a record of this caller's action carries: the proven one, else the one that the request states.
    /// </summary>
    /// <param name="stated">The request's own statement, which nothing proves.</param>
    public string RecordedName(string stated) => Name ?? stated;
}
