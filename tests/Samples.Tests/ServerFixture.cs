using Codec.Client;
using Codec.Tests.Shared.Processes;

namespace Codec.Samples.Tests;

/// <summary>One server process with the shipped models, for all samples.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private ServerProcess? _server;

    public string Address => _server!.Address;

    /// <summary>A client; the caller disposes it.</summary>
    public CodecClient Connect() => new(new CodecClientOptions { Address = new Uri(Address), CacheDirectory = null });

    public async ValueTask InitializeAsync() =>
        _server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
