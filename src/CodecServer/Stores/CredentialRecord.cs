namespace Codec.Server.Stores;

/// <summary>
/// A credential: an API key, of which only the SHA-256 is kept, or the name in a client certificate. One of the two is set.
/// </summary>
internal sealed record CredentialRecord
{
    /// <summary>Identifies it, and is the visible part of an API key: 12 lower-case hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The name of its identity. Several credentials may have one name, so that a new one can replace an old one.</summary>
    public required string Name { get; init; }

    /// <summary>The roles, such as <c>publish:cameras.*</c>.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>SHA-256 of the API key's text: 64 lower-case hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The name in a client certificate: a DNS name or URI of its alternative names, or its subject's common name.</summary>
    public string? Certificate { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who created it: user@machine.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>When it was revoked; null if it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; init; }
}
