using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Codec.Tests.Shared;
using Grpc.Net.Client;

namespace CodecServer.Tests.Network;

/// <summary>A folder with a server's certificate, as a mounted Secret has it, and connections to the server that uses it.</summary>
internal sealed class TlsFolder : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public TlsFolder()
    {
        Put(Authority.Issue("first"));
    }

    /// <summary>Issues the server's certificates.</summary>
    public CertificateAuthority Authority { get; } = new("servers");

    /// <summary>Issues the clients' certificates.</summary>
    public CertificateAuthority Clients { get; } = new("clients");

    public string Certificate => _directory.File("tls.crt");

    public string Key => _directory.File("tls.key");

    /// <summary>The arguments of a server that uses the folder.</summary>
    public string[] Arguments =>
        [
            "--listen",
            "https://127.0.0.1:0",
            "--tls-certificate",
            Certificate,
            "--tls-key",
            Key,
            "--operations-listen",
            "http://127.0.0.1:0",
        ];

    /// <summary>The arguments of a server that asks for clients' certificates, too.</summary>
    public string[] WithClientCertificates(string mode) =>
        [.. Arguments, "--client-certificates", mode, "--client-ca", Write("ca.crt", Clients.Pem)];

    /// <summary>Replaces the server's certificate and key.</summary>
    public void Put(IssuedCertificate certificate) => certificate.WriteTo(_directory.Path, "tls");

    public string Write(string name, string text) => _directory.Write(name, text);

    /// <summary>A channel that trusts the authority.</summary>
    public GrpcChannel Connect(string address, IssuedCertificate? client = null)
    {
        SslClientAuthenticationOptions tls = Trusting("127.0.0.1");
        tls.ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client.Load(), null, offline: true);
        return GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions
            {
                HttpHandler = new SocketsHttpHandler { SslOptions = tls },
                DisposeHttpClient = true,
            }
        );
    }

    /// <summary>Connects, and returns the version and the certificate that the server presented.</summary>
    public async Task<(SslProtocols Version, string Subject)> HandshakeAsync(string address, SslProtocols versions = SslProtocols.None)
    {
        var uri = new Uri(address);
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        SslClientAuthenticationOptions tls = Trusting(uri.Host);
        tls.EnabledSslProtocols = versions;
        await stream.AuthenticateAsClientAsync(tls, TestContext.Current.CancellationToken);
        return (stream.SslProtocol, stream.RemoteCertificate!.Subject);
    }

    /// <summary>Sends a request of HTTP/1.1, and returns the answer: empty if the server closes the connection.</summary>
    /// <param name="address">The server's.</param>
    /// <param name="protocol">The protocol that the handshake offers; empty offers none.</param>
    public async Task<string> RequestHttp1Async(string address, string protocol)
    {
        var uri = new Uri(address);
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        SslClientAuthenticationOptions tls = Trusting(uri.Host);
        tls.ApplicationProtocols = protocol.Length == 0 ? null : [new SslApplicationProtocol(protocol)];
        try
        {
            await stream.AuthenticateAsClientAsync(tls, TestContext.Current.CancellationToken);
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {uri.Host}\r\n\r\n"),
                TestContext.Current.CancellationToken
            );
            using var answer = new StreamReader(stream);
            return await answer.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return "";
        }
    }

    public void Dispose()
    {
        _directory.Dispose();
        Authority.Dispose();
        Clients.Dispose();
    }

    private SslClientAuthenticationOptions Trusting(string host)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(Authority.Pem));
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = policy,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
        };
    }
}
