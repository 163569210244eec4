using System.Runtime.InteropServices;
using CliWrap;
using CliWrap.Buffered;

namespace Codec.Tests.Shared.Processes;

/// <summary>Programs that are compiled ahead of time (Native AOT) for this machine, by eng/native.sh.</summary>
public static class AheadOfTime
{
    /// <summary>Why nothing can be compiled ahead on this machine; null if it can.</summary>
    public static string? Absence { get; } =
        !OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64
            ? "Programs are compiled ahead for Linux on x64 only."
        : !((string[])["clang", "gcc"]).Any(IsInstalled)
            ? "Neither clang nor gcc is installed, which link what is compiled ahead; install one (apt-get install gcc)."
        : null;

    /// <summary>Publishes a project; a warning is an error.</summary>
    /// <param name="project">The project's file.</param>
    /// <param name="output">The folder to publish into.</param>
    /// <param name="cancellationToken">Stops the compiler.</param>
    /// <exception cref="ProgramException">It cannot be published without a warning; the message has the compiler's output.</exception>
    public static async Task PublishAsync(string project, string output, CancellationToken cancellationToken)
    {
        BufferedCommandResult result = await Programs
            .Command(Repository.PathOf("eng", "native.sh"), project, output)
            .WithWorkingDirectory(Path.GetDirectoryName(project)!)
            .WithEnvironmentVariables(Programs.NoBuildServers)
            .RunAsync(cancellationToken);
        if (!result.IsSuccess || result.StandardOutput.Contains("warning", StringComparison.OrdinalIgnoreCase))
            throw new ProgramException($"{project} cannot be compiled ahead:\n{result.StandardOutput}\n{result.StandardError}");
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
