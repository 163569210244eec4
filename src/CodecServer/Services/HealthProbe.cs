using Codec.Server.Options;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Codec.Server.Services;

/// <summary>Checks the health of a server on the same host, for container images that contain neither a shell nor a probing tool.</summary>
internal static class HealthProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>Checks once, through grpc.health.v1.</summary>
    /// <param name="settings">
    /// The configuration of the command line; together with the environment and appsettings.json it determines the server's address.
    /// </param>
    /// <param name="output">Receives one line: the state, or the reason why there is no answer.</param>
    /// <returns>0 if the server is serving; 1 if it is not, or cannot be reached.</returns>
    public static async Task<int> RunAsync(IReadOnlyDictionary<string, string?> settings, TextWriter output)
    {
        string listen = ServerConfiguration.Read(settings)[$"Codec:{nameof(ServerOptions.Listen)}"] ?? new ServerOptions().Listen;
        try
        {
            using GrpcChannel channel = GrpcChannel.ForAddress(Reachable(listen));
            HealthCheckResponse answer = await new Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest(),
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Timeout
            );
            await output.WriteLineAsync(answer.Status.ToString());
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? 0 : 1;
        }
        catch (RpcException exception)
        {
            await output.WriteLineAsync($"No answer at {listen}: {exception.Status.Detail}");
            return 1;
        }
    }

    /// <summary>
    /// Returns the address at which a process on the same host reaches the server: a wildcard becomes the loopback address.
    /// </summary>
    internal static Uri Reachable(string listen)
    {
        var address = new UriBuilder(
            listen.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal)
        );
        address.Host = address.Host switch
        {
            "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            var host => host,
        };
        return address.Uri;
    }
}
