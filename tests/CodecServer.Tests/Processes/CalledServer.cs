using Codec.Tests.Shared.Processes;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

/// <summary>A server process with stubs of its services. Disposing it kills it.</summary>
internal sealed class CalledServer : IAsyncDisposable
{
    private readonly GrpcChannel _channel;

    private CalledServer(ServerProcess process, GrpcChannel channel)
    {
        Process = process;
        _channel = channel;
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
    /// <param name="settings">How it is started.</param>
    /// <param name="connect">Connects to its address; null for clear text.</param>
    public static async Task<CalledServer> StartAsync(ServerSettings settings, Func<string, GrpcChannel>? connect = null)
    {
        ServerProcess process = await ServerProcess.StartAsync(settings, TestContext.Current.CancellationToken);
        return new CalledServer(process, connect?.Invoke(process.Address) ?? GrpcChannel.ForAddress(process.Address));
    }

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return Process.DisposeAsync();
    }
}
