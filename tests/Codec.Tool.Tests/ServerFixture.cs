using Codec.Client;
using Codec.Tests.Shared.Processes;

[assembly: AssemblyFixture(typeof(Codec.Tool.Tests.ServerFixture))]

namespace Codec.Tool.Tests;

/// <summary>One real server with the shipped models, for all tests of commands that call one; each test uses its own names.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private ServerProcess? _server;

    /// <summary>Where it listens.</summary>
    public string Address => _server!.Address;

    public async ValueTask InitializeAsync() =>
        _server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    /// <summary>Connects the SDK, with a cache in memory.</summary>
    internal CodecClient Connect() => new(new CodecClientOptions { Address = new Uri(Address), CacheDirectory = null });

    /// <summary>Runs a command line against the server, which the environment names.</summary>
    internal Task<ToolRun> RunAsync(params string[] arguments) =>
        ToolRun.RunAsync(new Dictionary<string, string?> { ["CODEC_SERVER"] = Address }, arguments);
}
