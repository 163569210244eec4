using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Network;

/// <summary>
/// The TLS of the public endpoint: the certificate in use, exchanged when its files change, and how clients' certificates are checked.
/// </summary>
internal sealed class ServerTls
{
    /// <summary>The versions of TLS that clients may use.</summary>
    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private readonly TlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile State? _state;

    /// <summary>Loads the certificate if the public endpoint uses TLS.</summary>
    /// <exception cref="ArgumentException">The options contradict each other, or a file cannot be used.</exception>
    public ServerTls(IOptions<ServerOptions> server, IOptions<TlsOptions> tls, TimeProvider time, ILogger<ServerTls> logger)
    {
        (_options, _time, _logger) = (tls.Value, time, logger);
        RefuseContradictions(server.Value.Listen, _options);
        if (IsOn)
            Use(TlsMaterial.Load(TlsFiles.Read(_options), _options));
    }

    /// <summary>Whether the public endpoint uses TLS.</summary>
    public bool IsOn => _options.Certificate.Length > 0;

    /// <summary>What is wrong with a new certificate, or with the one in use if it is not valid now; null if nothing is.</summary>
    public string? Problem => _state is { } state ? state.Problem ?? Expiry(state.Material.Leaf) : null;

    /// <summary>When the certificate in use expires; null without TLS.</summary>
    public DateTimeOffset? NotAfter => _state is { } state ? new DateTimeOffset(state.Material.Leaf.NotAfter.ToUniversalTime()) : null;

    /// <summary>How the next connection is encrypted.</summary>
    public SslServerAuthenticationOptions ForConnection()
    {
        TlsMaterial material = _state!.Material;
        bool asks = _options.ClientCertificates != TlsOptions.NoClientCertificates;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Certificate,
            EnabledSslProtocols = Protocols,
            ClientCertificateRequired = asks,
            // A resumed session would not be checked against roots that changed in the meantime.
            AllowTlsResume = !asks,
            CertificateChainPolicy = asks ? ClientPolicy(material.ClientRoots) : null,
            RemoteCertificateValidationCallback = asks ? Accepts : null,
        };
    }

    /// <summary>Uses the files' present state, if it differs; keeps the certificate in use where the new one cannot be used.</summary>
    public void Reload()
    {
        State state = _state!;
        try
        {
            TlsFiles files = TlsFiles.Read(_options);
            if (files != state.Material.Files)
                Use(TlsMaterial.Load(files, _options));
            else
                _state = state with { Problem = null };
        }
        catch (TlsException exception)
        {
            // The same problem is logged once, not at each look.
            if (exception.Message != state.Problem)
                ServerLog.CertificateRefused(_logger, exception.Message);
            _state = state with { Problem = exception.Message };
        }
    }

    private static void RefuseContradictions(string listen, TlsOptions options)
    {
        bool isTls = ListenAddress.Parse(listen).IsTls;
        bool asks = options.ClientCertificates != TlsOptions.NoClientCertificates;
        string? problem =
            isTls && options.Certificate.Length == 0
                ? $"Codec:Listen is '{listen}', which needs a certificate. Set Codec:Tls:Certificate (--tls-certificate) and Codec:Tls:Key (--tls-key) to "
                    + "PEM files, or write http."
            : isTls && options.Key.Length == 0
                ? "Codec:Tls:Certificate is set, but Codec:Tls:Key (--tls-key) is not. Set it to the PEM file of the certificate's private key."
            : !isTls && (options.Certificate.Length > 0 || options.Key.Length > 0 || options.ClientCa.Length > 0 || asks)
                ? $"Codec:Listen is '{listen}', which does not use TLS, but options of Codec:Tls are set. Write https, or remove them."
            : asks && options.ClientCa.Length == 0
                ? $"Codec:Tls:ClientCertificates is '{options.ClientCertificates}', but Codec:Tls:ClientCa (--client-ca) is not set. "
                    + "Set it to the PEM file of the certificate authority that issues clients' certificates."
            : !asks && options.ClientCa.Length > 0
                ? "Codec:Tls:ClientCa is set, but Codec:Tls:ClientCertificates (--client-certificates) is 'none'. Set it to required or optional, "
                    + "or remove Codec:Tls:ClientCa."
            : null;
        if (problem is not null)
            throw new ArgumentException(problem);
    }

    private static X509ChainPolicy ClientPolicy(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is null ? _options.ClientCertificates == TlsOptions.OptionalClientCertificates : errors == SslPolicyErrors.None;

    private void Use(TlsMaterial material)
    {
        // A handshake may still use the replaced certificate, so that it is not disposed of.
        _state = new State(material, Problem: null);
        ServerLog.CertificateLoaded(_logger, material.Leaf.Subject, NotAfter!.Value);
        if (Expiry(material.Leaf) is { } problem)
            ServerLog.CertificateNotValid(_logger, problem);
    }

    private string? Expiry(X509Certificate2 leaf)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        return now > leaf.NotAfter.ToUniversalTime()
                ? $"The certificate {leaf.Subject} expired at {leaf.NotAfter.ToUniversalTime():u}. Clients refuse it: replace {_options.Certificate} and {_options.Key}."
            : now < leaf.NotBefore.ToUniversalTime()
                ? $"The certificate {leaf.Subject} is not valid before {leaf.NotBefore.ToUniversalTime():u}. Clients refuse it: check the clock."
            : null;
    }

    /// <param name="Material">What connections use.</param>
    /// <param name="Problem">Why the files' present state is not used; null if it is.</param>
    private sealed record State(TlsMaterial Material, string? Problem);
}
