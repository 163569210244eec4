using Codec.Tests.Shared.Processes;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

/// <summary>A server process with stubs of its services. Disposing it kills it.</summary>
internal sealed class CalledServer : IAsyncDisposable
{
    private readonly GrpcChannel _channel;

    private CalledServer(ServerProcess process)
    {
        Process = process;
        _channel = GrpcChannel.ForAddress(process.Address);
        Codec = new V1.CodecService.CodecServiceClient(_channel);
        Models = new V1.ModelService.ModelServiceClient(_channel);
        Channels = new V1.ChannelService.ChannelServiceClient(_channel);
    }

    public ServerProcess Process { get; }

    public V1.CodecService.CodecServiceClient Codec { get; }

    public V1.ModelService.ModelServiceClient Models { get; }

    public V1.ChannelService.ChannelServiceClient Channels { get; }

    /// <summary>Starts a server and waits until it listens.</summary>
    public static Task<CalledServer> StartAsync(string dataDirectory, bool shippedModels = false, params string[] args) =>
        StartAsync(
            new ServerSettings
            {
                DataDirectory = dataDirectory,
                ShippedModels = shippedModels,
                Arguments = args,
            }
        );

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<CalledServer> StartAsync(ServerSettings settings) =>
        new(await ServerProcess.StartAsync(settings, TestContext.Current.CancellationToken));

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return Process.DisposeAsync();
    }
}
