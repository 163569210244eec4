using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Containers;

/// <summary>The engine's command line, for operations that Testcontainers lacks.</summary>
internal static class Docker
{
    /// <summary>The reason why containers cannot be tested here; null if an engine answers.</summary>
    public static string? Absence { get; } = Prepare();

    /// <summary>Runs a docker command and returns its output.</summary>
    /// <exception cref="InvalidOperationException">The command failed; the message contains its output.</exception>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        BufferedCommandResult result = await Programs.Command("docker", arguments).RunAsync(CancellationToken.None);
        return result.IsSuccess
            ? result.StandardOutput.Trim()
            : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {result.StandardOutput}\n{result.StandardError}");
    }

    /// <summary>Asks the engine for its API version and configures Testcontainers with it, before its first use.</summary>
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

            // By default, Testcontainers would use a newer API than an older engine has, and pull an image for cleaning up.
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
