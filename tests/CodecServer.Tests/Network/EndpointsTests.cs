using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Codec.Server;
using Codec.Server.Services;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Network;

/// <summary>What each of the two endpoints answers, and what it must not.</summary>
public sealed class EndpointsTests
{
    private static readonly string[] WithOperations = ["--operations-listen", "http://127.0.0.1:0"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("live", "Healthy\nlive: The process answers, and memory suffices.\n")]
    [InlineData("ready", "Healthy\nready: The store is open and the live models are loaded.\n")]
    [InlineData("models", "Healthy\nmodels: The stored bytes of every version that was loaded are intact.\n")]
    [InlineData("store", "Healthy\nstore: The store accepts writes.\n")]
    public async Task Operations_Healthz_SaysTheState(string check, string text)
    {
        await using TestServer server = await TestServer.StartAsync(WithOperations);

        (HttpStatusCode status, string body) = await GetAsync(server.OperationsAddress!, $"/healthz/{check}", HttpVersion.Version11);

        Assert.Equal((HttpStatusCode.OK, text), (status, body));
    }

    [Fact]
    public async Task Operations_ServerDrains_IsAliveAndNotReady()
    {
        await using TestServer server = await TestServer.StartAsync(WithOperations);

        // The host itself is stopped at the end: until then it answers, as a server does while its calls end.
        server.App.Lifetime.StopApplication();

        (HttpStatusCode ready, string reason) = await GetAsync(server.OperationsAddress!, "/healthz/ready", HttpVersion.Version11);
        (HttpStatusCode live, _) = await GetAsync(server.OperationsAddress!, "/healthz/live", HttpVersion.Version11);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (ready, live));
        Assert.Equal("Unhealthy\nready: The server is draining.\n", reason);
    }

    /// <summary>The caller chooses the Host header: it must not choose the endpoint.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Public_RoutesOfOperations_AreNotFoundWhateverTheHostHeaderSays(bool pretends)
    {
        await using TestServer server = await TestServer.StartAsync(WithOperations);
        string? host = pretends ? new Uri(server.OperationsAddress!).Authority : null;

        foreach (string path in (string[])["/healthz/live", "/healthz/ready", "/metrics", "/"])
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(server.Address, path, HttpVersion.Version20, host)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Operations_Grpc_IsNotFoundWhateverTheHostHeaderSays(bool pretends)
    {
        await using TestServer server = await TestServer.StartAsync(WithOperations);
        string[] paths =
        [
            "/codec.v1.ModelService/ListModels",
            "/grpc.health.v1.Health/Check",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            "/no.Service/Method",
        ];
        using var client = new HttpClient();
        foreach (string path in paths)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, server.OperationsAddress + path)
            {
                Content = new ByteArrayContent([0, 0, 0, 0, 0]),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            request.Headers.Host = pretends ? new Uri(server.Address).Authority : null;
            using HttpResponseMessage answer = await client.SendAsync(request, Cancelled);

            Assert.Equal((path, HttpStatusCode.NotFound), (path, answer.StatusCode));
        }
    }

    [Fact]
    public async Task Operations_GrpcOverHttp2_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync(WithOperations);
        using GrpcChannel channel = GrpcChannel.ForAddress(server.OperationsAddress!);

        await Assert.ThrowsAsync<RpcException>(async () =>
            await new V1.ModelService.ModelServiceClient(channel).ListModelsAsync(new(), Rpc.Options)
        );
    }

    [Fact]
    public async Task Public_GrpcHealth_AnswersClients()
    {
        await using TestServer server = await TestServer.StartAsync(WithOperations);

        Assert.NotEqual(
            HealthCheckResponse.Types.ServingStatus.ServiceUnknown,
            (await server.Health.CheckAsync(new HealthCheckRequest(), Rpc.Options)).Status
        );
    }

    /// <summary>Strangers who take all connections must not end the probes.</summary>
    [Fact]
    public async Task Public_ConnectionAboveTheBound_IsClosedAndOperationsAnswers()
    {
        await using TestServer server = await TestServer.StartAsync([
            .. WithOperations,
            "--max-connections",
            "2",
            "--address-percent",
            "100",
        ]);
        var address = new Uri(server.Address);
        using TcpClient first = await ConnectAsync();
        using TcpClient second = await ConnectAsync();
        Assert.NotEqual(0, await FirstByteCountAsync(first));
        Assert.NotEqual(0, await FirstByteCountAsync(second));

        Assert.Equal(0, await ThirdByteCountAsync());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server.OperationsAddress!, "/healthz/live", HttpVersion.Version11)).Status);

        async Task<TcpClient> ConnectAsync()
        {
            var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, Cancelled);
            return client;
        }

        async Task<int> ThirdByteCountAsync()
        {
            try
            {
                using TcpClient third = await ConnectAsync();
                return await FirstByteCountAsync(third);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
            {
                // The server was faster: the connection ended before connecting returned.
                return 0;
            }
        }

        // A connection that is served begins with the server's settings once it has sent the preface of HTTP/2.
        static async Task<int> FirstByteCountAsync(TcpClient client)
        {
            try
            {
                await client.GetStream().WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray(), Cancelled);
                return await client.GetStream().ReadAsync(new byte[16], Cancelled);
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    [Theory]
    [InlineData(false, StatusCode.Unimplemented)]
    [InlineData(true, StatusCode.OK)]
    public async Task Reflection_IsAnsweredOnlyWhereItIsAskedFor(bool isOn, StatusCode expected)
    {
        await using TestServer server = await TestServer.StartAsync(isOn ? ["--reflection"] : []);
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Address);
        var call = new Method<byte[], byte[]>(
            MethodType.DuplexStreaming,
            "grpc.reflection.v1alpha.ServerReflection",
            "ServerReflectionInfo",
            Marshallers.Create(bytes => bytes, bytes => bytes),
            Marshallers.Create(bytes => bytes, bytes => bytes)
        );

        using AsyncDuplexStreamingCall<byte[], byte[]> stream = channel
            .CreateCallInvoker()
            .AsyncDuplexStreamingCall(call, null, Rpc.Options);
        StatusCode status = StatusCode.OK;
        try
        {
            await stream.RequestStream.CompleteAsync();
            Assert.False(await stream.ResponseStream.MoveNext(Cancelled));
        }
        catch (RpcException exception)
        {
            status = exception.StatusCode;
        }

        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://*:80", "ASPNETCORE_URLS")]
    [InlineData("Kestrel__Endpoints__Web__Url", "http://*:80", "Kestrel:Endpoints:Web:Url (environment Kestrel__Endpoints__Web__Url)")]
    [InlineData("Kestrel__Certificates__Default__Path", "a.pem", "Kestrel:Certificates:Default:Path")]
    public void Build_SettingsOfThePlatform_AreRefusedWithOurs(string variable, string value, string named)
    {
        IReadOnlyDictionary<string, string?> settings = new Dictionary<string, string?>
        {
            [variable == "ASPNETCORE_URLS" ? "urls" : variable.Replace("__", ":", StringComparison.Ordinal)] = value,
        };

        ArgumentException exception = Assert.Throws<ArgumentException>(() => ServerApplication.Build(settings));

        Assert.StartsWith(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains("Codec:Listen", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthProbe_PortZero_ReadsTheAddressFile()
    {
        using var directory = new Codec.Tests.Shared.TemporaryDirectory();
        string[] file = ["--address-file", directory.File("address")];
        await using TestServer server = await TestServer.StartAsync([.. WithOperations, .. file]);

        Assert.Equal([server.Address, server.OperationsAddress!], await File.ReadAllLinesAsync(directory.File("address"), Cancelled));
        Assert.Equal((0, "Serving"), await ProbeAsync([.. WithOperations, .. file]));
        server.App.Lifetime.StopApplication();
        Assert.False(File.Exists(directory.File("address")));
        Assert.Equal((1, "NotServing"), await ProbeAsync("--operations-listen", server.OperationsAddress!));
    }

    [Fact]
    public async Task HealthProbe_PortZeroWithoutAddressFile_NamesTheRemedy()
    {
        ArgumentException none = await Assert.ThrowsAsync<ArgumentException>(() => ProbeAsync("--listen", "http://127.0.0.1:0"));
        ArgumentException missing = await Assert.ThrowsAsync<ArgumentException>(() =>
            ProbeAsync("--listen", "http://127.0.0.1:0", "--address-file", "/no/such/file")
        );

        Assert.Contains("Set Codec:AddressFile (--address-file)", none.Message, StringComparison.Ordinal);
        Assert.StartsWith("/no/such/file (Codec:AddressFile) does not name", missing.Message, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Text)> ProbeAsync(params string[] args)
    {
        using var output = new StringWriter();
        int status = await HealthProbe.RunAsync(CommandLine.Parse(args).Settings, output);
        return (status, output.ToString().Trim());
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(
        string address,
        string path,
        Version version,
        string? host = null
    )
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, address + path)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = host;
        using HttpResponseMessage answer = await client.SendAsync(request, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
