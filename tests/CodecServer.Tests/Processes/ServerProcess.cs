using System.Diagnostics;
using System.Runtime.InteropServices;
using Codec.Server;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

/// <summary>The real server in a process of its own, to be stopped, or killed.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly GrpcChannel _channel;
    private readonly Task<string> _output;

    private ServerProcess(Process process, string address)
    {
        _process = process;

        // Read on, or the server would wait for room in the pipe.
        _output = process.StandardOutput.ReadToEndAsync();
        Address = address;
        _channel = GrpcChannel.ForAddress(address);
        Models = new V1.ModelService.ModelServiceClient(_channel);
        Channels = new V1.ChannelService.ChannelServiceClient(_channel);
    }

    public string Address { get; }

    public V1.ModelService.ModelServiceClient Models { get; }

    public V1.ChannelService.ChannelServiceClient Channels { get; }

    /// <summary>Starts the server; returns once it says that it listens.</summary>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, params string[] args)
    {
        string[] all =
        [
            typeof(ServerApplication).Assembly.Location,
            "--listen",
            "http://127.0.0.1:0",
            "--data-directory",
            dataDirectory,
            "--shipped-models",
            "",
            .. args,
        ];
        Process process = Process.Start(new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true })!;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line.Split("Listening on ") is [_, var rest])
                {
                    return new ServerProcess(process, rest.Split(',')[0]);
                }
            }

            throw new InvalidOperationException("The server ended before it listened.");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Starts the server, and asks it to stop as soon as it logs something, before it listens.</summary>
    /// <param name="dataDirectory">Its data.</param>
    /// <param name="logged">Part of the line that it is stopped after.</param>
    /// <param name="args">Further arguments.</param>
    /// <returns>Its exit status, what it wrote, and what it wrote as errors.</returns>
    public static async Task<(int Status, string Output, string Errors)> StopWhileStartingAsync(
        string dataDirectory,
        string logged,
        params string[] args
    )
    {
        string[] all =
        [
            typeof(ServerApplication).Assembly.Location,
            "--listen",
            "http://127.0.0.1:0",
            "--data-directory",
            dataDirectory,
            .. args,
        ];
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = "";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            output += line + "\n";
            if (line.Contains(logged, StringComparison.Ordinal))
            {
                Assert.Equal(0, Signal(process.Id, SigTerm));
                break;
            }
        }

        output += await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Ends the server as a power cut would: it gets no chance to do anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Asks the server to stop.</summary>
    public void Terminate() => Assert.Equal(0, Signal(_process.Id, SigTerm));

    /// <summary>Waits until the server has ended; returns its exit status and what it logged since it listened.</summary>
    public async Task<(int Status, string Output)> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _output);
    }

    public void Dispose()
    {
        _channel.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
