using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Containers;

/// <summary>The engine's command line, for what Testcontainers has no call for.</summary>
internal static class Docker
{
    /// <summary>Why containers cannot be tested here; null where an engine answers.</summary>
    public static string? Absence { get; } = Prepare();

    /// <summary>What a command prints.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its error output.</exception>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        BufferedCommandResult result = await Programs.Command("docker", arguments).RunAsync(CancellationToken.None);
        return result.IsSuccess
            ? result.StandardOutput.Trim()
            : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {result.StandardOutput}\n{result.StandardError}");
    }

    /// <summary>Asks the engine for its version, and tells Testcontainers about it before its first use.</summary>
    private static string? Prepare()
    {
        const string Remedy = "start Docker, or run `make engine` as root";
        try
        {
            BufferedCommandResult result = Programs
                .Command("docker", "version", "--format", "{{.Server.APIVersion}}")
                .RunAsync(CancellationToken.None)
                .GetAwaiter()
                .GetResult();
            if (!result.IsSuccess)
                return $"No container engine answers ({result.StandardError.Trim()}); {Remedy}.";

            // Testcontainers would ask for a newer interface than an older engine has, and for an image to clean up with.
            Environment.SetEnvironmentVariable("DOCKER_API_VERSION", result.StandardOutput.Trim());
            Environment.SetEnvironmentVariable("TESTCONTAINERS_RYUK_DISABLED", "true");
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"No docker command is installed; {Remedy}.";
        }
    }
}
