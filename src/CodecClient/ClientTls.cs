namespace Codec.Client;

/// <summary>
/// The certificates of connections over https, in PEM files. Each new connection uses the files as they are then, so that exchanged
/// certificates need no restart; files that cannot be used any more are logged, and the last ones that could stay in use. Immutable.
/// </summary>
/// <remarks>Revocation is not checked where <see cref="CaFile"/> is set.</remarks>
public sealed record ClientTls
{
    /// <summary>
    /// The file of the certificate authorities that the server's certificate may come from, instead of those that the system trusts. Null
    /// trusts the system's. Default: null.
    /// </summary>
    public string? CaFile { get; init; }

    /// <summary>The file of the client's certificate, for a server that asks for one. Null presents none. Default: null.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>
    /// The file of the certificate's private key, without a password. Null reads the key from <see cref="CertificateFile"/>. Default: null.
    /// </summary>
    public string? KeyFile { get; init; }
}
