using System.Net.Security;
using Codec.Server.Hosting;
using Codec.Server.Network;
using Codec.Server.Options;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Codec.Server.Services;

/// <summary>
/// Checks the health of a server on the same host, for container images that contain neither a shell nor a probing tool: through the
/// operations endpoint, or through the public one where there is none.
/// </summary>
internal static class HealthProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Checks once.</summary>
    /// <param name="settings">
    /// The configuration of the command line; together with the environment and appsettings.json it determines the server's addresses.
    /// </param>
    /// <param name="output">Receives one line: the state, or the reason why there is no answer.</param>
    /// <returns>0 if the server is serving; 1 if it is not, or cannot be reached.</returns>
    /// <exception cref="ArgumentException">The options do not say where the server listens.</exception>
    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> settings, TextWriter output)
    {
        IConfigurationRoot configuration = ServerConfiguration.Read(settings);
        ServerOptions server = OptionCatalog.Read<ServerOptions>(configuration);
        OperationsOptions operations = OptionCatalog.Read<OperationsOptions>(configuration);
        bool hasOperations = operations.Listen.Length > 0;
        ListenAddress listen = ListenAddress.Parse(hasOperations ? operations.Listen : server.Listen);
        Uri address = Reachable(listen.Port == 0 ? await BoundAsync(server.AddressFile, hasOperations ? 1 : 0) : listen);
        try
        {
            string state = hasOperations
                ? await AskOperationsAsync(address)
                : await AskPublicAsync(address, listen.IsTls ? TrustConfigured(OptionCatalog.Read<TlsOptions>(configuration)) : null);
            await output.WriteLineAsync(state);
            return state == nameof(HealthCheckResponse.Types.ServingStatus.Serving) ? 0 : 1;
        }
        catch (Exception exception) when (exception is RpcException or HttpRequestException or OperationCanceledException)
        {
            string reason = exception switch
            {
                RpcException call => call.Status.Detail,
                OperationCanceledException => $"not within {Patience.TotalSeconds} s",
                _ => exception.Message,
            };
            await output.WriteLineAsync($"No answer at {address.GetLeftPart(UriPartial.Authority)}: {reason}");
            return 1;
        }
    }

    /// <summary>
    /// Returns the address at which a process on the same host reaches the server: a wildcard becomes the loopback address.
    /// </summary>
    internal static Uri Reachable(ListenAddress listen) =>
        new(
            (
                listen with
                {
                    Host = listen.Host switch
                    {
                        "*" or "0.0.0.0" => "127.0.0.1",
                        "[::]" => "[::1]",
                        var host => host,
                    },
                }
            ).ToString()
        );

    /// <summary>Reads an address that a running server has written: the public one in line 0, that of operations in line 1.</summary>
    private static async Task<ListenAddress> BoundAsync(string file, int line)
    {
        if (file.Length == 0)
        {
            throw new ArgumentException(
                "The port is 0, so that the options do not say where the server listens. Set Codec:AddressFile (--address-file) "
                    + "for the server and for this check, or a port."
            );
        }

        string[] lines = File.Exists(file) ? await File.ReadAllLinesAsync(file) : [];
        return lines.ElementAtOrDefault(line) is { } address
            ? ListenAddress.Parse(address)
            : throw new ArgumentException(
                $"{file} (Codec:AddressFile) does not name the server's address: no server with the same options is running."
            );
    }

    private static async Task<string> AskOperationsAsync(Uri address)
    {
        using var client = new HttpClient { Timeout = Patience };
        using HttpResponseMessage answer = await client.GetAsync(new Uri(address, $"{HealthRoutes.Folder}/{Readiness.CheckName}"));
        return answer.IsSuccessStatusCode
            ? nameof(HealthCheckResponse.Types.ServingStatus.Serving)
            : nameof(HealthCheckResponse.Types.ServingStatus.NotServing);
    }

    private static async Task<string> AskPublicAsync(Uri address, SslClientAuthenticationOptions? tls)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions = tls ?? handler.SslOptions;
        using GrpcChannel channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler });
        HealthCheckResponse answer = await new Health.HealthClient(channel).CheckAsync(
            new HealthCheckRequest(),
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Patience
        );
        return answer.Status.ToString();
    }

    /// <summary>
    /// Trusts the certificate that the options name, and no other: its name is rarely that of the loopback address, and its issuer need not
    /// be known on this host.
    /// </summary>
    private static SslClientAuthenticationOptions TrustConfigured(TlsOptions tls)
    {
        if (tls.ClientCertificates == TlsOptions.RequiredClientCertificates)
        {
            throw new ArgumentException(
                "The public endpoint requires client certificates, which this check has none of. Set Codec:Operations:Listen "
                    + "(--operations-listen) for the server and for this check, such as http://127.0.0.1:5081."
            );
        }

        byte[] expected = TlsMaterial.ReadLeaf(tls).RawData;
        return new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, presented, _, _) =>
                presented?.GetRawCertData().AsSpan().SequenceEqual(expected) == true,
        };
    }
}
