using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>The certificates that <see cref="ClientTls"/> names, read again for each connection.</summary>
internal sealed class TlsCertificates
{
    private readonly ClientTls _files;
    private readonly ILogger _log;
    private volatile X509Certificate2Collection? _authorities;
    private volatile X509Certificate2? _own;

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="ArgumentException">A file cannot be used; the message names the option.</exception>
    public TlsCertificates(ClientTls files, ILogger log)
    {
        (_files, _log) = (files, log);
        _authorities = Read(nameof(files.CaFile), files.CaFile, ReadAuthorities);
        _own = Read(nameof(files.CertificateFile), files.CertificateFile, path => ReadOwn(path, files.KeyFile));
    }

    /// <summary>Creates the options of a handler's connections.</summary>
    public SslClientAuthenticationOptions CreateOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (_files.CaFile is not null)
        {
            // Trusts nothing by itself: the callback checks against the file's present authorities.
            options.CertificateChainPolicy = Policy();
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors);
        }

        if (_files.CertificateFile is not null)
        {
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) =>
                _own = Again(nameof(_files.CertificateFile), _files.CertificateFile, path => ReadOwn(path, _files.KeyFile), _own!);
        }

        return options;
    }

    private static X509ChainPolicy Policy() =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };

    private static T? Read<T>(string option, string? path, Func<string, T> read)
        where T : class
    {
        if (path is null)
            return null;
        try
        {
            return read(path);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            throw new ArgumentException(
                $"The option Tls.{option} is '{path}', which cannot be used: {exception.Message} Name a PEM file.",
                option,
                exception
            );
        }
    }

    private static bool IsUnusable(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("It contains no certificate.");
    }

    private static X509Certificate2 ReadOwn(string path, string? keyPath)
    {
        // .NET's message does not say which part is missing.
        if (keyPath is null && !File.ReadAllText(path).Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new CryptographicException($"It has no private key, and there is no Tls.{nameof(ClientTls.KeyFile)}.");

        var certificate = X509Certificate2.CreateFromPemFile(path, keyPath);
        if (!OperatingSystem.IsWindows())
            return certificate;

        // Windows cannot use a key in memory for TLS.
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    /// <summary>Reads a file again; returns the last state that could be used where it cannot.</summary>
    private T Again<T>(string option, string path, Func<string, T> read, T last)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            ClientLog.CertificateUnusable(_log, path, option, exception);
            return last;
        }
    }

    private bool IsTrusted(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        // Errors of the chain are expected, a wrong name or no certificate is not.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        _authorities = Again(nameof(_files.CaFile), _files.CaFile!, ReadAuthorities, _authorities!);
        using var chain = new X509Chain { ChainPolicy = Policy() };
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1", "Server Authentication"));
        // The intermediate certificates that the server sent.
        if (presented is not null)
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        using X509Certificate2 server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(server);
    }
}
