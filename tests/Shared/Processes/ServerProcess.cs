namespace Codec.Tests.Shared.Processes;

/// <summary>
/// The real server in a child process on a port of the loopback. It can be terminated, killed, and started again on the same port and data.
/// Disposing it kills it.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ServerSettings _settings;
    private RunningProgram _program;

    private ServerProcess(ServerSettings settings)
    {
        _settings = settings;
        Address = settings.Address;
        _program = Launch();
    }

    /// <summary>Where the server listens.</summary>
    public string Address { get; private set; }

    /// <summary>Where it listens for operations; null if its arguments name no such address.</summary>
    public string? OperationsAddress { get; private set; }

    /// <summary>The server's data directory.</summary>
    public string DataDirectory => _settings.DataDirectory ?? _directory.File("data");

    /// <summary>The file that the server writes its address to, and deletes when it stops cleanly.</summary>
    public string AddressFile => _directory.File("address");

    /// <summary>The output and error lines of the last start so far.</summary>
    public string Output => _program.Output;

    /// <summary>Most bytes of memory that the last start has had at any time (Linux).</summary>
    public long PeakBytes => _program.PeakBytes;

    /// <summary>Bytes of memory that it has (Linux).</summary>
    public long Bytes => _program.Bytes;

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime => _program.ProcessorTime;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _program.HasExited;

    /// <summary>The error lines of the last start so far.</summary>
    public string Errors => _program.Errors;

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <exception cref="ProgramException">The server ended, or did not listen in time.</exception>
    public static async Task<ServerProcess> StartAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        ServerProcess server = Begin(settings);
        try
        {
            await server.WaitUntilListeningAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server and returns at once, before it listens.</summary>
    public static ServerProcess Begin(ServerSettings settings) => new(settings);

    /// <summary>Sends SIGKILL, as abrupt as a power cut for the server, and waits for the end.</summary>
    public Task KillAsync() => _program.KillAsync();

    /// <summary>Starts the server again, on the same port and data, after it ended; waits until it listens.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _program.DisposeAsync();
        _program = Launch();
        await WaitUntilListeningAsync(cancellationToken);
    }

    /// <summary>Kills the server and starts it again.</summary>
    public async Task KillAndRestartAsync(CancellationToken cancellationToken)
    {
        await KillAsync();
        await RestartAsync(cancellationToken);
    }

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => _program.Terminate();

    /// <summary>Sends SIGTERM; kills a server that has not ended after a while.</summary>
    public Task StopAsync(TimeSpan patience) => _program.StopAsync(patience);

    /// <summary>Waits until the server has ended; returns its exit status.</summary>
    public Task<int> WaitForExitAsync(CancellationToken cancellationToken) => _program.WaitForExitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        _directory.Dispose();
    }

    private RunningProgram Launch()
    {
        // A killed server leaves its address file.
        File.Delete(AddressFile);
        IEnumerable<string> arguments = ServerSettings.Complete(
            _settings.Arguments,
            [
                ("--listen", Address),
                ("--address-file", AddressFile),
                ("--data-directory", DataDirectory),
                .. _settings.ShippedModels ? Array.Empty<(string, string)>() : [("--shipped-models", "")],
            ]
        );
        return RunningProgram.Start(
            Programs.PathOf("src/CodecServer", "CodecServer"),
            arguments,
            onLine: _settings.OnLine,
            environment: _settings.Environment,
            group: _settings.MemoryGroup
        );
    }

    private async Task WaitUntilListeningAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Waiting.UntilAsync(() => File.Exists(AddressFile) || _program.HasExited, "The server's start", cancellationToken);
        }
        catch (TimeoutException)
        {
            throw _program.Failure();
        }

        if (_program.HasExited)
        {
            await _program.WaitForExitAsync(cancellationToken);
            throw _program.Failure();
        }

        string[] addresses = await File.ReadAllLinesAsync(AddressFile, cancellationToken);
        Address = addresses[0];
        OperationsAddress = addresses.ElementAtOrDefault(1);
    }
}

/// <summary>How a <see cref="ServerProcess"/> is started.</summary>
public sealed record ServerSettings
{
    /// <summary>The data directory, perhaps with the data of an earlier server; null for one that is deleted with the process.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Where the server listens; port 0 selects a free port, which a restart keeps.</summary>
    public string Address { get; init; } = "http://127.0.0.1:0";

    /// <summary>Whether the first start publishes the models that ship.</summary>
    public bool ShippedModels { get; init; }

    /// <summary>Further arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Further variables of the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The control group that it runs in; null for that of this process.</summary>
    public MemoryGroup? MemoryGroup { get; init; }

    /// <summary>Receives each line of output as it arrives, on any thread.</summary>
    public Action<string>? OnLine { get; init; }

    /// <summary>Returns arguments with the options that they lack; the server refuses an option that is given twice.</summary>
    public static IEnumerable<string> Complete(IReadOnlyList<string> arguments, params IEnumerable<(string Name, string Value)> options) =>
        [
            .. options.Where(option => !arguments.Contains(option.Name)).SelectMany(option => new[] { option.Name, option.Value }),
            .. arguments,
        ];
}
