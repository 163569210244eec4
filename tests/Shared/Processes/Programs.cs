using CliWrap;
using CliWrap.Buffered;

namespace Codec.Tests.Shared.Processes;

/// <summary>Runs child processes to their end.</summary>
public static class Programs
{
    /// <summary>Variables with which commands of the .NET SDK leave no server of the build behind.</summary>
    public static IReadOnlyDictionary<string, string?> NoBuildServers { get; } =
        new Dictionary<string, string?> { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" };

    /// <summary>The assembly of one of the repository's programs.</summary>
    /// <param name="project">The project's folder below the root: <c>src/Trainer</c>.</param>
    /// <param name="assembly">The assembly's name, without extension.</param>
    /// <exception cref="ProgramException">The project was not built.</exception>
    public static string PathOf(string project, string assembly)
    {
        string path = Path.Combine(Repository.OutputFolder(project), assembly + ".dll");
        return File.Exists(path) ? path : throw new ProgramException($"{path} does not exist; build first: make build.");
    }

    /// <summary>A command that runs a .NET assembly; a failing exit status is a result, not an exception.</summary>
    /// <param name="path">The assembly's file.</param>
    /// <param name="arguments">The command line.</param>
    public static Command Dotnet(string path, params string[] arguments) => Command("dotnet", [path, .. arguments]);

    /// <summary>A command; a failing exit status is a result, not an exception.</summary>
    public static Command Command(string program, params string[] arguments) =>
        Cli.Wrap(program).WithArguments(arguments).WithValidation(CommandResultValidation.None);

    /// <summary>Runs a command to its end and keeps its output.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Kills the process and its children.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program does not exist.</exception>
    public static async Task<BufferedCommandResult> RunAsync(this Command command, CancellationToken cancellationToken)
    {
        CommandTask<BufferedCommandResult> run = command.ExecuteBufferedAsync(cancellationToken);
        using var guard = new Guard(run.ProcessId);
        return await run.ConfigureAwait(false);
    }
}
