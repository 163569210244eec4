using System.Net.Sockets;
using CliWrap.Buffered;
using Codec.Client.Tests.Infrastructure;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Transport;

/// <summary>The client and the real server over TLS, with certificates in files.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly CertificateAuthority _servers = new("servers");
    private readonly CertificateAuthority _clients = new("clients");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _servers.Dispose();
        _clients.Dispose();
    }

    [Fact]
    public async Task Call_AllCertificatesExchanged_TheSameClientConnectsAgain()
    {
        IssueAll(_servers, _clients);
        await using ServerProcess server = await StartAsync();
        using var client = new CodecClient(Options(server.Address, ClientFiles()));
        Assert.Empty(await client.ListModelsAsync(Token));

        using var newServers = new CertificateAuthority("new servers");
        using var newClients = new CertificateAuthority("new clients");
        IssueAll(newServers, newClients);
        await server.KillAndRestartAsync(Token);

        Assert.Empty(await client.ListModelsAsync(Token));
    }

    [Fact]
    public async Task Call_FilesThatBecomeUnusable_TheLastOnesStayInUse()
    {
        IssueAll(_servers, _clients);
        await using ServerProcess server = await StartAsync();
        var log = new LogRecorder();
        using var client = new CodecClient(Options(server.Address, ClientFiles()), log);
        Assert.Empty(await client.ListModelsAsync(Token));

        _folder.Write("ca.crt", "");
        File.Delete(_folder.File("client.key"));
        await server.KillAndRestartAsync(Token);

        Assert.Empty(await client.ListModelsAsync(Token));
        Assert.Contains(log.Of(10), line => line.Contains("ca.crt (Tls.CaFile) cannot be used", StringComparison.Ordinal));
        Assert.Contains(log.Of(10), line => line.Contains("client.crt (Tls.CertificateFile) cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_WrongCertificates_AreRefusedWithTheRemedy()
    {
        IssueAll(_servers, _clients);
        await using ServerProcess server = await StartAsync();
        string foreign = _folder.Write("foreign.crt", _clients.Pem);

        string untrusted = await FailAsync(Options(server.Address, ClientFiles() with { CaFile = foreign }));
        string none = await FailAsync(Options(server.Address, new ClientTls { CaFile = _folder.File("ca.crt") }));
        int port = new Uri(server.Address).Port;
        string otherName = await FailAsync(
            Options($"https://codec.example:{port}", ClientFiles()) with
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
        string clear = await FailAsync(Options(server.Address.Replace("https:", "http:", StringComparison.Ordinal), tls: null));

        Assert.Contains("trust its issuer (Tls.CaFile)", untrusted, StringComparison.Ordinal);
        Assert.Contains("no TLS connection to https://codec.example", otherName, StringComparison.Ordinal);
        Assert.Contains("Tls.CertificateFile", none, StringComparison.Ordinal);
        Assert.Contains("if the server expects TLS, write https", clear, StringComparison.Ordinal);

        static async Task<string> FailAsync(CodecClientOptions options)
        {
            using var client = new CodecClient(options with { Reconnect = new ReconnectPolicy { MaxAttempts = 0 } });
            return (await Assert.ThrowsAnyAsync<CodecException>(() => client.ListModelsAsync(Token))).Message;
        }
    }

    [Fact]
    public void Create_WrongOptions_NamesThem()
    {
        (string certificate, string key) = _servers.Issue("own").WriteTo(_folder.Path, "own");
        string empty = _folder.Write("empty", "");

        ClientTls none = new();
        Assert.Equal((null, null, null, null), (new CodecClientOptions().Tls, none.CaFile, none.CertificateFile, none.KeyFile));
        Refused("The option Tls is '", "http://127.0.0.1:1", new ClientTls());
        Refused("The option Tls.KeyFile is '", "https://127.0.0.1:1", new ClientTls { KeyFile = key });
        Refused("The option Tls.CaFile is '/no/file'", "https://127.0.0.1:1", new ClientTls { CaFile = "/no/file" });
        Refused($"The option Tls.CaFile is '{empty}', which cannot be used: It contains", "https://127.0.0.1:1", new() { CaFile = empty });
        Refused("The option Tls.CertificateFile is '", "https://127.0.0.1:1", new() { CertificateFile = certificate, KeyFile = empty });
        ArgumentException handler = Assert.Throws<ArgumentException>(() =>
            new CodecClient(Options("https://127.0.0.1:1", new ClientTls()) with { CreateHandler = () => new SocketsHttpHandler() })
        );
        Assert.StartsWith("Set Tls or CreateHandler, not both", handler.Message, StringComparison.Ordinal);

        static void Refused(string message, string address, ClientTls tls)
        {
            ArgumentException refusal = Assert.Throws<ArgumentException>(() => new CodecClient(Options(address, tls)));
            Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
        }
    }

    private static CodecClientOptions Options(string address, ClientTls? tls) =>
        new()
        {
            Address = new Uri(address),
            CacheDirectory = null,
            Tls = tls,
        };

    private void IssueAll(CertificateAuthority servers, CertificateAuthority clients)
    {
        servers.Issue("server").WriteTo(_folder.Path, "server");
        clients.Issue("anna", forClients: true).WriteTo(_folder.Path, "client");
        _folder.Write("ca.crt", servers.Pem);
        _folder.Write("client-ca.crt", clients.Pem);
    }

    private ClientTls ClientFiles() =>
        new()
        {
            CaFile = _folder.File("ca.crt"),
            CertificateFile = _folder.File("client.crt"),
            KeyFile = _folder.File("client.key"),
        };

    /// <summary>Starts a server that requires certificates, and accepts those of anna.</summary>
    private async Task<ServerProcess> StartAsync()
    {
        string keys = _folder.File("keys.json");
        BufferedCommandResult created = await Programs
            .Dotnet(
                Programs.PathOf("src/CodecServer", "CodecServer"),
                ["keys", "create", "anna", "--role", "admin", "--certificate", "anna", "--file", keys]
            )
            .RunAsync(Token);
        Assert.True(created.IsSuccess, created.StandardError);
        return await ServerProcess.StartAsync(
            new ServerSettings
            {
                Address = "https://127.0.0.1:0",
                Arguments =
                [
                    .. (string[])["--tls-certificate", _folder.File("server.crt"), "--tls-key", _folder.File("server.key")],
                    .. (string[])["--client-certificates", "required", "--client-ca", _folder.File("client-ca.crt")],
                    .. (string[])["--keys-file", keys],
                ],
            },
            Token
        );
    }
}
