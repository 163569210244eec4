using System.Diagnostics;
using System.Text;
using Spectre.Console;

namespace Codec.Bench.Processes;

/// <summary>
/// One of the product's programs as a process, from its own output folder. Disposing stops it: SIGTERM first, then a kill.
/// </summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _name;
    private readonly StringBuilder _output = new();

    private Child(string name, Process process) => (_name, _process) = (name, process);

    /// <summary>Starts a program.</summary>
    /// <param name="project">Its folder under <c>src</c>.</param>
    /// <param name="assembly">Its name.</param>
    /// <param name="console">
    /// Where its output goes: a terminal is handed on, for live progress; null keeps the output for the error message only.
    /// </param>
    /// <param name="arguments">Its command line.</param>
    public static Child Start(string project, string assembly, IAnsiConsole? console, params string[] arguments)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string path = Path.Combine(Repository.Root, "src", project, "bin", configuration, "net10.0", assembly + ".dll");
        if (!File.Exists(path))
            throw new BenchException($"{path} is not there; build first: make build.");
        bool isTerminal = console is not null && console.Profile.Out.IsTerminal;
        var start = new ProcessStartInfo("dotnet", [path, .. arguments])
        {
            RedirectStandardOutput = !isTerminal,
            RedirectStandardError = !isTerminal,
        };
        var child = new Child(assembly, Process.Start(start)!);
        if (isTerminal)
            return child;
        void Take(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is null)
                return;
            lock (child._output)
                child._output.AppendLine(line.Data);
            console?.WriteLine("  " + line.Data);
        }

        child._process.OutputDataReceived += Take;
        child._process.ErrorDataReceived += Take;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="BenchException">It did not end well; the message holds the end of its output.</exception>
    public static async Task RunAsync(
        string project,
        string assembly,
        IAnsiConsole? console,
        string[] arguments,
        CancellationToken cancellationToken
    )
    {
        await using Child child = Start(project, assembly, console, arguments);
        await child._process.WaitForExitAsync(cancellationToken);
        if (child._process.ExitCode != 0)
            throw child.Failure();
    }

    /// <summary>Waits until a file appears that the program writes when it is ready.</summary>
    public async Task WaitForFileAsync(string path, CancellationToken cancellationToken)
    {
        while (!File.Exists(path))
        {
            if (_process.HasExited)
                throw Failure();
            await Task.Delay(20, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using (Process? terminate = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            {
                if (terminate is not null)
                    await terminate.WaitForExitAsync();
            }

            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private BenchException Failure()
    {
        lock (_output)
        {
            string[] lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return new BenchException(
                $"{_name} ended with exit status {_process.ExitCode}.\n{string.Join('\n', lines.TakeLast(20))}".Trim()
            );
        }
    }
}

/// <summary>Where the product's programs are.</summary>
internal static class Repository
{
    /// <summary>The folder with Codec.sln, found upwards from this program.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Codec.sln")))
                return folder.FullName;
        }

        throw new BenchException("Codec.sln is not in any folder above this program; run it from a checkout.");
    }
}
