using System.Diagnostics;
using System.Reflection;

namespace EndToEnd.Tests.Containers;

/// <summary>The engine's command line, for what Testcontainers has no call for.</summary>
internal static class Docker
{
    /// <summary>The repository that the tests were built from.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The version of the product: what its images are tagged with.</summary>
    public static string Version { get; } = Metadata("ProductVersion");

    /// <summary>Why containers cannot be tested here; null where an engine answers.</summary>
    public static string? Absence { get; } = Prepare();

    /// <summary>What a command prints.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its error output.</exception>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        (int status, string output, string errors) = await ExecuteAsync("docker", arguments);
        return status == 0 ? output.Trim() : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {errors.Trim()}");
    }

    /// <summary>Runs a program to its end, wherever it may take its time.</summary>
    public static async Task<(int Status, string Output, string Errors)> ExecuteAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(),
            errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Asks the engine for its version, and tells Testcontainers about it before its first use.</summary>
    private static string? Prepare()
    {
        const string Remedy = "start Docker, or run `make engine` as root";
        try
        {
            (int status, string api, string errors) = ExecuteAsync("docker", "version", "--format", "{{.Server.APIVersion}}")
                .GetAwaiter()
                .GetResult();
            if (status != 0)
            {
                return $"No container engine answers ({errors.Trim()}); {Remedy}.";
            }

            // Testcontainers would ask for a newer interface than an older engine has, and for an image to clean up with.
            Environment.SetEnvironmentVariable("DOCKER_API_VERSION", api.Trim());
            Environment.SetEnvironmentVariable("TESTCONTAINERS_RYUK_DISABLED", "true");
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"No docker command is installed; {Remedy}.";
        }
    }

    private static string Metadata(string key) =>
        typeof(Docker).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
