using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Codec.Tests.Shared.Processes;

namespace Codec.Tool.Tests;

/// <summary>Runs the program to its end, as a user would.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to the output.</param>
/// <param name="Errors">What it wrote to the error output, a line each.</param>
internal sealed record ToolRun(int ExitCode, string Output, string[] Errors)
{
    /// <summary>The program's assembly.</summary>
    public static string Path { get; } = Programs.PathOf("src/Codec.Tool", "Codec.Tool");

    /// <summary>The objects that it wrote with --json.</summary>
    public IReadOnlyList<JsonElement> Objects =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Runs a command line.</summary>
    public static Task<ToolRun> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string?>(), arguments);

    /// <summary>Runs a command line with further variables of the environment.</summary>
    public static async Task<ToolRun> RunAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        BufferedCommandResult result = await Programs
            .Dotnet(Path, arguments)
            .WithEnvironmentVariables(environment)
            .RunAsync(TestContext.Current.CancellationToken);
        return new ToolRun(result.ExitCode, result.StandardOutput, result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Asserts that all went well.</summary>
    public ToolRun Succeeded()
    {
        Assert.True(ExitCode == 0 && Errors.Length == 0, $"exit code {ExitCode}: {string.Join('\n', Errors)}\n{Output}");
        return this;
    }
}
