using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace EndToEnd.Tests.Processes;

/// <summary>One of the product's programs, run from its own output folder; killed when it is disposed.</summary>
internal sealed class ProductProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly SemaphoreSlim _lines = new(0);

    private ProductProcess(Process process) => _process = process;

    /// <summary>The repository that the tests were built from.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>A project's output folder.</summary>
    /// <param name="project">Its folder in the repository.</param>
    public static string OutputFolder(string project) => Path.Combine(Root, project, "bin", Metadata("Configuration"), "net10.0");

    /// <summary>Starts a program.</summary>
    /// <param name="project">Its folder, from src.</param>
    /// <param name="assembly">Its name.</param>
    /// <param name="arguments">Its command line.</param>
    public static ProductProcess Start(string project, string assembly, params string[] arguments) =>
        Start(project, assembly, new Dictionary<string, string>(), arguments);

    /// <summary>Starts a program with variables, and perhaps a working directory, of its own.</summary>
    public static ProductProcess Start(
        string project,
        string assembly,
        IReadOnlyDictionary<string, string> environment,
        string[] arguments,
        string workingDirectory = ""
    )
    {
        string path = Path.Combine(OutputFolder(Path.Combine("src", project)), assembly + ".dll");
        return StartFile(path, environment, arguments, workingDirectory);
    }

    /// <summary>Starts a program from its file.</summary>
    public static ProductProcess StartFile(
        string path,
        IReadOnlyDictionary<string, string> environment,
        string[] arguments,
        string workingDirectory = ""
    )
    {
        var start = new ProcessStartInfo("dotnet", [path, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        var process = new ProductProcess(Process.Start(start)!);
        process._process.OutputDataReceived += process.Keep;
        process._process.ErrorDataReceived += process.Keep;
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        return process;
    }

    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Waits for a line more than the last call did.</summary>
    public Task WaitForLineAsync(CancellationToken cancellationToken) => _lines.WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _lines.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_output)
            _output.AppendLine(line.Data);
        _lines.Release();
    }

    private static string Metadata(string key) =>
        typeof(ProductProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
