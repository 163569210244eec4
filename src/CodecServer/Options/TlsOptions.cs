using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Encryption of the public endpoint, whose address then begins with https: section <c>Codec:Tls</c>.</summary>
[Description("Encryption of the public endpoint; see [operations.md](operations.md#tls)")]
internal sealed class TlsOptions
{
    /// <summary>Clients are not asked for a certificate.</summary>
    public const string NoClientCertificates = "none";

    /// <summary>Clients may present a certificate, which must be valid.</summary>
    public const string OptionalClientCertificates = "optional";

    /// <summary>Clients without a valid certificate cannot connect.</summary>
    public const string RequiredClientCertificates = "required";

    /// <summary>The file of the server's certificate, followed by the intermediate ones; empty for none.</summary>
    [Description("PEM file of the server's certificate, followed by intermediate ones; read again when it changes")]
    [Switch("--tls-certificate")]
    public string Certificate { get; set; } = "";

    /// <summary>The file of the certificate's private key.</summary>
    [Description("PEM file of the certificate's private key, not encrypted; read again when it changes")]
    [Switch("--tls-key")]
    public string Key { get; set; } = "";

    /// <summary>Whether clients present certificates.</summary>
    [Description("Whether a client must present a certificate: required, optional (one that is presented must be valid) or none")]
    [AllowedValues(NoClientCertificates, OptionalClientCertificates, RequiredClientCertificates)]
    public string ClientCertificates { get; set; } = NoClientCertificates;

    /// <summary>Whether a client can prove its name by a certificate.</summary>
    internal bool AcceptsClientCertificates => ClientCertificates != NoClientCertificates;

    /// <summary>
    /// The file of the roots that clients' certificates must be issued by. The system's roots are not trusted for them, and revocation is
    /// not checked: issue certificates that are valid for a short time.
    /// </summary>
    [Description("PEM file of the only certificate authorities that clients' certificates may come from; read again when it changes")]
    [Switch("--client-ca")]
    public string ClientCa { get; set; } = "";

    /// <summary>Seconds between looks at the files.</summary>
    [Description("Seconds between two looks at the files of certificates and keys")]
    [Range(1, 3600)]
    [Switch("--tls-reload-seconds")]
    public int ReloadSeconds { get; set; } = 10;
}
