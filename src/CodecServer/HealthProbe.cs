using Codec.Server.Options;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Codec.Server;

/// <summary>Asks the server that runs beside it for its health: for images, which hold neither a shell nor a probing tool.</summary>
internal static class HealthProbe
{
    /// <summary>The first argument that asks for this instead of a server.</summary>
    public const string Switch = "--health-check";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Asks once, by grpc.health.v1.</summary>
    /// <param name="args">The server's own switches; like the environment and appsettings.json they say where it listens.</param>
    /// <param name="output">Receives one line: the state, or why there is none.</param>
    /// <returns>0 where the server serves, 1 where it does not or cannot be reached.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(CommandLine.Parse(args))
            .Build();
        string listen = configuration[$"Codec:{nameof(ServerOptions.Listen)}"] ?? new ServerOptions().Listen;
        try
        {
            using GrpcChannel channel = GrpcChannel.ForAddress(Reachable(listen));
            HealthCheckResponse answer = await new Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest(),
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Patience
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

    /// <summary>Where a process on the same host reaches an address that is listened on: every interface includes the loopback.</summary>
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
