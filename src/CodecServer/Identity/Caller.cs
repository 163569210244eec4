namespace Codec.Server.Identity;

/// <summary>The identity on whose behalf a request runs.</summary>
/// <param name="Name">The authenticated name; null if the caller is not authenticated.</param>
/// <param name="Grants">What it may do.</param>
internal sealed record Caller(string? Name, Grants Grants)
{
    /// <summary>The greatest number of characters of a name.</summary>
    public const int MaxNameLength = 128;

    /// <summary>A caller that is not authenticated, where the server allows that: it may do everything.</summary>
    public static Caller Anonymous { get; } = new(Name: null, Grants.All);

    /// <summary>How it proved its name, for the audit: <c>key 1b2c…</c>, <c>certificate 1b2c…</c>, <c>token</c> or <c>none</c>.</summary>
    public string Credential { get; init; } = "none";

    /// <summary>Where it calls from: address and port; empty for the server itself.</summary>
    public string Address { get; init; } = "";

    /// <summary>The id of its stored credential; null if it has none.</summary>
    public string? CredentialId { get; init; }

    /// <summary>When its credential expires; null if it does not.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// Whether a text can be a name: 1 to 128 characters, not only spaces, none of which controls a terminal or the direction of text.
    /// </summary>
    public static bool IsName(string text) => text.Length <= MaxNameLength && !string.IsNullOrWhiteSpace(text) && PlainText.IsPlain(text);

    /// <summary>Returns the name to record for this caller's action: the authenticated one, else the one that the request states.</summary>
    /// <param name="stated">The name that the request states; not authenticated.</param>
    public string RecordedName(string stated) => Name ?? stated;
}
