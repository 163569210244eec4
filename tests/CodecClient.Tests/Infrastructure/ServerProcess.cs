using System.Diagnostics;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>
/// The real server as a process on a free port of the loopback; it can be killed and started again on the same port and data.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    private ServerProcess() { }

    public string Address { get; private set; } = "http://127.0.0.1:0";

    public string DataDirectory => _directory.File("data");

    public static async Task<ServerProcess> StartAsync()
    {
        var server = new ServerProcess();
        await server.RunAsync();
        return server;
    }

    /// <summary>A server with the small model published and live.</summary>
    public static async Task<ServerProcess> StartWithModelAsync()
    {
        ServerProcess server = await StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        await PublishAsync(client, SmallModel.Create());
        return server;
    }

    public static async Task<VersionInfo> PublishAsync(CodecClient client, ModelPackage package)
    {
        VersionInfo version = await client.UploadModelAsync(package, cancellationToken: TestContext.Current.CancellationToken);
        await client.SetAliasAsync(version.Model, "live", version.Digest, cancellationToken: TestContext.Current.CancellationToken);
        return version;
    }

    /// <summary>Ends it as a power cut does, and starts it again.</summary>
    public async Task KillAndRestartAsync()
    {
        await KillAsync();
        await RestartAsync();
    }

    /// <summary>Ends it as a power cut does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>, on the same port and data.</summary>
    public Task RestartAsync() => RunAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _directory.Dispose();
    }

    private async Task RunAsync()
    {
        string addressFile = _directory.File("address");
        File.Delete(addressFile);
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "CodecServer.dll"),
            "--listen",
            Address,
            "--address-file",
            addressFile,
            "--data-directory",
            DataDirectory,
            "--shipped-models",
            "",
            "--Logging:LogLevel:Default",
            "Warning",
        ];
        _process = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet", arguments)
        )!;
        using var timeout = new CancellationTokenSource(StartTimeout);
        while (!File.Exists(addressFile))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server ended with {_process.ExitCode} as it started.");
            await Task.Delay(20, timeout.Token);
        }

        Address = (await File.ReadAllTextAsync(addressFile)).Trim();
    }
}
