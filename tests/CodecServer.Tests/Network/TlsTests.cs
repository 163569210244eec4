using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Codec.Server.Network;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Network;

public sealed class TlsTests
{
    private const int CertificateRefused = 108;

    /// <summary>Made with <c>openssl req -x509 -newkey ed25519</c>: .NET has no such keys.</summary>
    private static readonly IssuedCertificate Ed25519 = new(
        """
        -----BEGIN CERTIFICATE-----
        MIIBMDCB46ADAgECAhQ//t9suUoTIztob6yL49xY7RvOEzAFBgMrZXAwDTELMAkG
        A1UEAwwCZWQwIBcNMjYxMTI3MTYxMDA2WhgPMjEyNjExMDMxNjEwMDZaMA0xCzAJ
        BgNVBAMMAmVkMCowBQYDK2VwAyEACWcuOGjWrBLmusGe/LsEgGouYEw7Tv5idlqH
        hDjVJDyjUzBRMB0GA1UdDgQWBBRdAwnjTb7fm/nYx0UuF4IycCgACjAfBgNVHSME
        GDAWgBRdAwnjTb7fm/nYx0UuF4IycCgACjAPBgNVHRMBAf8EBTADAQH/MAUGAytl
        cANBAP9npE2DoHvhrVfQAzCDhmcPpyS7Sn1osY5jntdqO49JDohZ6LPLLQrHDotI
        hvNzC6LPwws/X5GD/fgnn9grIAM=
        -----END CERTIFICATE-----
        """,
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIKHuJlVQ89X0yJ446+KyzfFYJnr5MmFuUNwnv9B+WWYg
        -----END PRIVATE KEY-----
        """
    );

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Call_OverTls_IsAnswered(SslProtocols version)
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);
        using GrpcChannel channel = folder.Connect(server.Address);

        Assert.Empty((await new V1.ModelService.ModelServiceClient(channel).ListModelsAsync(new(), Rpc.Options)).Models);
        Assert.Equal((version, "CN=first"), await folder.HandshakeAsync(server.Address, version));
        Assert.StartsWith("https://127.0.0.1:", server.Address, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_CertificateOfAnIntermediateAuthority_IsSentWithIt()
    {
        using var folder = new TlsFolder();
        using var intermediate = new CertificateAuthority("intermediate", folder.Authority);
        IssuedCertificate issued = intermediate.Issue("chained");
        folder.Put(issued with { Certificate = issued.Certificate + intermediate.Pem });
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);

        Assert.Equal("CN=chained", (await folder.HandshakeAsync(server.Address)).Subject);
    }

    /// <summary>Clients of .NET cannot offer TLS 1.1: the greeting is written by hand, and TLS 1.2 shows that it is sound.</summary>
    [Theory]
    [InlineData(1, 0x15)]
    [InlineData(2, 0x15)]
    [InlineData(3, 0x16)]
    public async Task Handshake_OldVersion_IsRefused(byte minor, byte answer)
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", new Uri(server.Address).Port, Cancelled);

        await client.GetStream().WriteAsync(Greeting(minor), Cancelled);

        byte[] record = new byte[7];
        await client.GetStream().ReadExactlyAsync(record, Cancelled);
        Assert.Equal(answer, record[0]);
        // An alert: fatal, protocol_version.
        if (answer == 0x15)
            Assert.Equal([2, 70], record[5..]);
    }

    /// <summary>HTTP/1.1 has no other way in; who asks for it must not be able to write errors into the log.</summary>
    [Theory]
    [InlineData("http/1.1")]
    [InlineData("")]
    public async Task Request_Http1_IsClosedWithoutAnErrorInTheLog(string protocol)
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);

        Assert.Equal("", await folder.RequestHttp1Async(server.Address, protocol));
    }

    [Fact]
    public async Task Reload_NewFiles_AreUsedByNewConnectionsOnly()
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);
        using GrpcChannel early = folder.Connect(server.Address);
        var models = new V1.ModelService.ModelServiceClient(early);
        await models.ListModelsAsync(new(), Rpc.Options);

        folder.Put(folder.Authority.Issue("second"));
        Assert.Equal("CN=first", (await folder.HandshakeAsync(server.Address)).Subject);
        server.App.Services.GetRequiredService<ServerTls>().Reload();

        Assert.Equal("CN=second", (await folder.HandshakeAsync(server.Address)).Subject);
        await models.ListModelsAsync(new(), Rpc.Options);
    }

    [Fact]
    public async Task Reload_BrokenFiles_KeepTheCertificateInUseAndAreReported()
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments, dataDirectory: null, [CertificateRefused]);
        ServerTls tls = server.App.Services.GetRequiredService<ServerTls>();
        Assert.Null(tls.Problem);

        folder.Put(folder.Authority.Issue("second") with { Key = folder.Authority.Issue("other").Key });
        tls.Reload();
        tls.Reload();

        Assert.Equal("CN=first", (await folder.HandshakeAsync(server.Address)).Subject);
        Assert.Contains("does not belong to the first certificate", tls.Problem, StringComparison.Ordinal);
        Assert.Contains(
            "the previous certificate stays in use",
            Assert.Single(server.Errors.Of(CertificateRefused)),
            StringComparison.Ordinal
        );
        using var client = new HttpClient();
        using HttpResponseMessage unhealthy = await client.GetAsync(server.OperationsAddress + "/healthz/certificate", Cancelled);
        Assert.Equal(503, (int)unhealthy.StatusCode);

        folder.Put(folder.Authority.Issue("third"));
        tls.Reload();

        Assert.Equal("CN=third", (await folder.HandshakeAsync(server.Address)).Subject);
        Assert.Null(tls.Problem);
        using HttpResponseMessage healthy = await client.GetAsync(server.OperationsAddress + "/healthz/certificate", Cancelled);
        Assert.StartsWith(
            "Healthy\ncertificate: The certificate is valid until 2",
            await healthy.Content.ReadAsStringAsync(Cancelled),
            StringComparison.Ordinal
        );
    }

    /// <summary>Files that can be read, of a certificate that no handshake succeeds with.</summary>
    [Theory]
    [InlineData(512, "TLS cannot use the certificate in ")]
    [InlineData(1024, "TLS cannot use the certificate in ")]
    [InlineData(0, "has a key of the kind ")]
    [InlineData(2048, null)]
    public async Task Reload_CertificateThatTlsCannotServe_KeepsTheOneInUse(int rsaBits, string? expected)
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments, dataDirectory: null, [CertificateRefused]);
        ServerTls tls = server.App.Services.GetRequiredService<ServerTls>();

        folder.Put(rsaBits == 0 ? Ed25519 : SelfSigned(rsaBits));
        tls.Reload();

        if (expected is null)
        {
            Assert.Null(tls.Problem);
            return;
        }

        Assert.Contains(expected, tls.Problem, StringComparison.Ordinal);
        Assert.Contains("Use RSA with at least 2048 bits, or ECDSA on P-256", tls.Problem, StringComparison.Ordinal);
        Assert.Single(server.Errors.Of(CertificateRefused));
        Assert.Equal("CN=first", (await folder.HandshakeAsync(server.Address)).Subject);
    }

    [Fact]
    public async Task Reload_FilesThatReturn_HaveNoProblem()
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments, dataDirectory: null, [CertificateRefused]);
        ServerTls tls = server.App.Services.GetRequiredService<ServerTls>();
        string key = await File.ReadAllTextAsync(folder.Key, Cancelled);

        File.Delete(folder.Key);
        tls.Reload();
        Assert.Contains("does not exist", tls.Problem, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.Key, key, Cancelled);
        tls.Reload();

        Assert.Null(tls.Problem);
    }

    [Fact]
    public async Task Start_ExpiredCertificate_ServesAndIsReported()
    {
        using var folder = new TlsFolder();
        folder.Put(folder.Authority.Issue("old", days: -1));
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);

        string? problem = server.App.Services.GetRequiredService<ServerTls>().Problem;

        Assert.StartsWith("The certificate CN=old expired at 2", problem, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuthenticationException>(() => folder.HandshakeAsync(server.Address));
    }

    [Theory]
    [InlineData("none", "none", true)]
    [InlineData("optional", "none", true)]
    [InlineData("optional", "sound", true)]
    [InlineData("optional", "foreign", false)]
    [InlineData("required", "none", false)]
    [InlineData("required", "sound", true)]
    [InlineData("required", "foreign", false)]
    [InlineData("required", "expired", false)]
    [InlineData("required", "server's", false)]
    public async Task Call_ClientCertificate_IsCheckedAgainstTheConfiguredAuthority(string mode, string presented, bool isAccepted)
    {
        using var folder = new TlsFolder();
        IssuedCertificate? certificate = presented switch
        {
            "sound" => folder.Clients.Issue("anna", forClients: true),
            "foreign" => folder.Authority.Issue("anna", forClients: true),
            "expired" => folder.Clients.Issue("anna", forClients: true, days: -1),
            "server's" => folder.Clients.Issue("anna"),
            _ => null,
        };
        await using TestServer server = await TestServer.StartAsync(
            mode == "none" ? folder.Arguments : folder.WithClientCertificates(mode)
        );
        using GrpcChannel channel = folder.Connect(server.Address, certificate);
        var health = new Health.HealthClient(channel);

        Exception? refusal = await Record.ExceptionAsync(async () => await health.CheckAsync(new(), Rpc.Options));

        if (isAccepted)
            Assert.Null(refusal);
        else
            // Which of the two depends on what arrives first: the alert, or the end of the connection.
            Assert.Contains(Assert.IsType<RpcException>(refusal).StatusCode, new[] { StatusCode.Internal, StatusCode.Unavailable });
    }

    private static IssuedCertificate SelfSigned(int rsaBits)
    {
        using var key = RSA.Create(rsaBits);
        var request = new CertificateRequest("CN=weak", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new IssuedCertificate(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>A greeting (ClientHello) of TLS 1.x that offers what both versions have in common.</summary>
    private static byte[] Greeting(byte minor)
    {
        byte[] extensions =
        [
            .. (byte[])[0, 10, 0, 4, 0, 2, 0, 23], // supported_groups: secp256r1
            .. (byte[])[0, 11, 0, 2, 1, 0], // ec_point_formats: uncompressed
            .. (byte[])[0, 13, 0, 4, 0, 2, 4, 3], // signature_algorithms: ecdsa_secp256r1_sha256
            .. (byte[])[0, 16, 0, 5, 0, 3, 2, (byte)'h', (byte)'2'], // application_layer_protocol_negotiation: h2
        ];
        byte[] suites = [0xc0, 0x2b, 0xc0, 0x09]; // ECDHE-ECDSA with AES-128: GCM (1.2) and CBC (1.0 and later)
        byte[] hello = [3, minor, .. new byte[32], 0, 0, (byte)suites.Length, .. suites, 1, 0, 0, (byte)extensions.Length, .. extensions];
        byte[] message = [1, 0, 0, (byte)hello.Length, .. hello];
        return [0x16, 3, 1, 0, (byte)message.Length, .. message];
    }
}
