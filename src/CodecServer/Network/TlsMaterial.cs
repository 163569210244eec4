using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Codec.Server.Options;

namespace Codec.Server.Network;

/// <summary>A certificate with its key, and the roots of clients' certificates, as loaded from one state of the files.</summary>
internal sealed class TlsMaterial
{
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
    /// <exception cref="TlsException">The text is not what the option asks for, or the key is not the certificate's.</exception>
    public static TlsMaterial Load(TlsFiles files, TlsOptions options)
    {
        X509Certificate2Collection chain = ReadCertificates(nameof(options.Certificate), options.Certificate, files.Certificate);
        X509Certificate2 leaf = WithKey(files, options);
        chain.RemoveAt(0);
        return new TlsMaterial(
            files,
            leaf,
            // Offline: the server does not fetch missing intermediate certificates or answers about revocation.
            SslStreamCertificateContext.Create(leaf, chain, offline: true),
            files.ClientCa.Length > 0 ? ReadCertificates(nameof(options.ClientCa), options.ClientCa, files.ClientCa) : []
        );
    }

    /// <summary>Reads the certificate that the options name, without its key.</summary>
    /// <exception cref="TlsException">There is no certificate.</exception>
    public static X509Certificate2 ReadLeaf(TlsOptions options) =>
        ReadCertificates(nameof(options.Certificate), options.Certificate, TlsFiles.Read(nameof(options.Certificate), options.Certificate))[
            0
        ];

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

    private static X509Certificate2 WithKey(TlsFiles files, TlsOptions options)
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
