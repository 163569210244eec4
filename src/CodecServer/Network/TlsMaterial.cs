using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Codec.Server.Options;

namespace Codec.Server.Network;

/// <summary>A certificate with its key, and the roots of clients' certificates, as loaded from one state of the files.</summary>
internal sealed class TlsMaterial
{
    private const string Rsa = "1.2.840.113549.1.1.1";

    private const string EllipticCurve = "1.2.840.10045.2.1";

    private const string Supported = "Use RSA with at least 2048 bits, or ECDSA on P-256, P-384 or P-521, signed with SHA-256 or stronger.";

    private TlsMaterial(TlsFiles files, X509Certificate2 leaf, SslStreamCertificateContext certificate, X509Certificate2Collection roots) =>
        (Files, Leaf, Certificate, ClientRoots) = (files, leaf, certificate, roots);

    /// <summary>What it was loaded from.</summary>
    public TlsFiles Files { get; }

    /// <summary>The server's certificate.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>The server's certificate, its key and the intermediate certificates that are sent with it.</summary>
    public SslStreamCertificateContext Certificate { get; }

    /// <summary>The roots of clients' certificates; none if they are not asked for.</summary>
    public X509Certificate2Collection ClientRoots { get; }

    /// <summary>Loads what the files contain.</summary>
    /// <exception cref="TlsException">
    /// The text is not what the option asks for, the key is not the certificate's, or TLS cannot serve the certificate.
    /// </exception>
    public static TlsMaterial Load(TlsFiles files, TlsOptions options)
    {
        X509Certificate2Collection chain = ReadCertificates(nameof(options.Certificate), options.Certificate, files.Certificate);
        X509Certificate2 leaf = WithKey(files, options, chain[0]);
        chain.RemoveAt(0);
        return new TlsMaterial(
            files,
            leaf,
            Tried(leaf, chain, options),
            files.ClientCa.Length > 0 ? ReadCertificates(nameof(options.ClientCa), options.ClientCa, files.ClientCa) : []
        );
    }

    /// <summary>Reads the certificate that the options name, without its key.</summary>
    /// <exception cref="TlsException">There is no certificate.</exception>
    public static X509Certificate2 ReadLeaf(TlsOptions options) =>
        ReadCertificates(nameof(options.Certificate), options.Certificate, TlsFiles.Read(nameof(options.Certificate), options.Certificate))[
            0
        ];

    /// <summary>Returns what connections use, once a handshake has shown that they can.</summary>
    private static SslStreamCertificateContext Tried(X509Certificate2 leaf, X509Certificate2Collection chain, TlsOptions options)
    {
        // Offline: the server does not fetch missing intermediate certificates or answers about revocation.
        var certificate = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        try
        {
            TlsTrial.RunAsync(certificate).GetAwaiter().GetResult();
            return certificate;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            throw new TlsException(
                nameof(options.Certificate),
                $"TLS cannot use the certificate in '{options.Certificate}': "
                    + $"{PlainText.Line(exception.GetBaseException().Message).TrimEnd('.')}. {Supported}",
                exception
            );
        }
    }

    private static X509Certificate2Collection ReadCertificates(string option, string path, string text)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new TlsException(option, $"'{path}' has a certificate that cannot be read: {exception.Message}", exception);
        }

        return certificates.Count > 0
            ? certificates
            : throw new TlsException(option, $"'{path}' has no certificate in PEM text (-----BEGIN CERTIFICATE-----).");
    }

    private static X509Certificate2 WithKey(TlsFiles files, TlsOptions options, X509Certificate2 leaf)
    {
        if (files.Key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new TlsException(
                nameof(options.Key),
                $"the key in '{options.Key}' is encrypted. Write it without a password: openssl pkey -in KEY -out PLAIN."
            );
        }

        if (!files.Key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new TlsException(nameof(options.Key), $"'{options.Key}' has no private key in PEM text (-----BEGIN PRIVATE KEY-----).");

        try
        {
            var certificate = X509Certificate2.CreateFromPem(files.Certificate, files.Key);
            if (!OperatingSystem.IsWindows())
                return certificate;

            // Windows cannot use a key in memory for TLS.
            using (certificate)
                return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
        catch (CryptographicException exception) when (leaf.GetKeyAlgorithm() is not (Rsa or EllipticCurve))
        {
            throw new TlsException(
                nameof(options.Certificate),
                $"the certificate in '{options.Certificate}' has a key of the kind "
                    + $"{leaf.PublicKey.Oid.FriendlyName ?? leaf.GetKeyAlgorithm()}. {Supported}",
                exception
            );
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new TlsException(
                nameof(options.Key),
                $"the key in '{options.Key}' does not belong to the first certificate in '{options.Certificate}', or cannot be read. "
                    + "Name the key that the certificate was issued for.",
                exception
            );
        }
    }
}
