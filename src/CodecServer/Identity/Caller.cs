namespace Codec.Server.Identity;

/// <summary>The identity on whose behalf a request runs.</summary>
/// <param name="Name">The authenticated name; null if the caller is not authenticated.</param>
internal sealed record Caller(string? Name)
{
    /// <summary>A caller that is not authenticated: every caller, as long as the server does not authenticate.</summary>
    public static Caller Anonymous { get; } = new(Name: null);

    /// <summary>Returns the name to record for this caller's action: the authenticated one, else the one that the request states.</summary>
    /// <param name="stated">The name that the request states; not authenticated.</param>
    public string RecordedName(string stated) => Name ?? stated;
}
