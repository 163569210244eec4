using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Codec.Tests.Shared.Processes;

/// <summary>
/// A .NET program in a child process that runs until it is stopped. Disposing it kills it; it never outlives this process.
/// </summary>
public sealed partial class RunningProgram : IAsyncDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Guard _guard;
    private readonly string _name;
    private readonly Action<string>? _onLine;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private RunningProgram(
        string path,
        IEnumerable<string> arguments,
        bool inheritsTerminal,
        Action<string>? onLine,
        IReadOnlyDictionary<string, string> environment,
        MemoryGroup? group
    )
    {
        _name = Path.GetFileNameWithoutExtension(path);
        _onLine = onLine;
        // A shell joins the group and becomes the program, so that all of the program's memory is counted.
        var start = new ProcessStartInfo(
            group is null ? "dotnet" : "/bin/sh",
            group is null
                ? [path, .. arguments]
                : ["-c", "echo $$ > \"$0\" && exec \"$@\"", group.ProcessesFile, "dotnet", path, .. arguments]
        )
        {
            RedirectStandardOutput = !inheritsTerminal,
            RedirectStandardError = !inheritsTerminal,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _guard = new Guard(_process.Id);
        if (inheritsTerminal)
            return;
        _process.OutputDataReceived += (_, line) => Keep(line.Data, isError: false);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data, isError: true);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Most bytes of memory that the program has had at any time (Linux).</summary>
    public long PeakBytes => MemoryOf("VmHWM");

    /// <summary>Bytes of memory that the program has (Linux).</summary>
    public long Bytes => MemoryOf("VmRSS");

    /// <summary>The processor time that the program has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Whether the program has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Both output streams so far, line by line in the order of arrival.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>The error stream so far.</summary>
    public string Errors
    {
        get
        {
            lock (_output)
                return _errors.ToString();
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="path">The assembly's file.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="inheritsTerminal">Leaves the output to this process's terminal, for live progress, and captures nothing.</param>
    /// <param name="onLine">Receives each line of output as it arrives, on any thread.</param>
    /// <param name="environment">Further variables; null for none.</param>
    /// <param name="group">The control group that it joins; null for that of this process.</param>
    public static RunningProgram Start(
        string path,
        IEnumerable<string> arguments,
        bool inheritsTerminal = false,
        Action<string>? onLine = null,
        IReadOnlyDictionary<string, string>? environment = null,
        MemoryGroup? group = null
    ) => new(path, arguments, inheritsTerminal, onLine, environment ?? new Dictionary<string, string>(), group);

    private long MemoryOf(string name)
    {
        // A line of the file: the name and a colon, spaces, the kibibytes, "kB". A process that is ending has none.
        string? line = File.ReadLines($"/proc/{_process.Id}/status")
            .SingleOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>Waits until the program has ended and all of its output is captured.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate()
    {
        if (!_process.HasExited && Signal(_process.Id, SigTerm) != 0)
            throw new ProgramException($"{_name} cannot be signalled: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Sends SIGKILL, as abrupt as a power cut for the program, and waits for the end.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends SIGKILL to the program and not to its children.</summary>
    public void KillAlone() => _process.Kill();

    /// <summary>Sends SIGTERM; kills a program that has not ended after a while.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            Terminate();
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>An exception that names the program's exit status and the end of its output.</summary>
    public ProgramException Failure()
    {
        string[] lines = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string end = _process.HasExited ? $"ended with exit status {_process.ExitCode}" : "did not become ready";
        return new ProgramException($"{_name} {end}.\n{string.Join('\n', lines.TakeLast(20))}".Trim());
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _guard.Dispose();
        _process.Dispose();
    }

    private void Keep(string? line, bool isError)
    {
        if (line is null)
            return;
        lock (_output)
        {
            _output.AppendLine(line);
            if (isError)
                _errors.AppendLine(line);
        }

        _onLine?.Invoke(line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
