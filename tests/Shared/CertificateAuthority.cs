using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Codec.Tests.Shared;

/// <summary>Issues certificates for tests: its own is a root, or was issued by another authority.</summary>
public sealed class CertificateAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;

    /// <param name="name">The common name.</param>
    /// <param name="issuer">Who issues the authority's own certificate; null for a root.</param>
    public CertificateAuthority(string name, CertificateAuthority? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (issuer is null)
        {
            _certificate = request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30));
        }
        else
        {
            using X509Certificate2 issued = request.Create(issuer._certificate, now.AddDays(-20), now.AddDays(20), Serial());
            _certificate = issued.CopyWithPrivateKey(key);
        }
    }

    /// <summary>The authority's certificate as PEM text, without its key.</summary>
    public string Pem => _certificate.ExportCertificatePem() + "\n";

    /// <summary>Issues a certificate with a new key, for localhost and 127.0.0.1.</summary>
    /// <param name="name">The common name.</param>
    /// <param name="forClients">Whether it proves a client's name instead of a server's.</param>
    /// <param name="days">Days until it expires; below 0 for one that has expired.</param>
    public IssuedCertificate Issue(string name, bool forClients = false, int days = 10)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(forClients ? ClientUse : ServerUse)], critical: false)
        );
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 issued = request.Create(_certificate, now.AddDays(-15), now.AddDays(days), Serial());
        return new IssuedCertificate(issued.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose() => _certificate.Dispose();

    private static byte[] Serial() => RandomNumberGenerator.GetBytes(8);
}

/// <summary>A certificate and its key as PEM text.</summary>
public sealed record IssuedCertificate(string Certificate, string Key)
{
    /// <summary>Writes <c>NAME.crt</c> and <c>NAME.key</c>; returns their paths.</summary>
    public (string Certificate, string Key) WriteTo(string folder, string name)
    {
        (string Certificate, string Key) files = (Path.Combine(folder, name + ".crt"), Path.Combine(folder, name + ".key"));
        File.WriteAllText(files.Certificate, Certificate);
        File.WriteAllText(files.Key, Key);
        return files;
    }

    /// <summary>The certificate with its key, as a client presents it.</summary>
    public X509Certificate2 Load() => X509Certificate2.CreateFromPem(Certificate, Key);
}
