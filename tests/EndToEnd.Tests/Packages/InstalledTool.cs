using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Packages;

/// <summary>The command line, installed by the commands of README's section Install, for a user with an empty home.</summary>
public sealed partial class InstalledTool(PackageFeed feed) : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();

    /// <summary>The installed program.</summary>
    public string Path => _folder.File(".dotnet/tools/codec");

    public async ValueTask InitializeAsync()
    {
        await feed.LibrariesAsync();
        Directory.CreateDirectory(_folder.File("artifacts"));
        Directory.CreateSymbolicLink(_folder.File("artifacts/packages"), await feed.ToolAsync());
        PackageFeed.ConfigureUser(_folder.Path);
        // `make pack` has been run, and each test runs its own server.
        await RunAsync(_folder.Path, [.. Commands(0).Except(["make pack", "codec serve"])]);
    }

    /// <summary>The commands of a block of README's section Install, without their comments.</summary>
    public static string[] Commands(int block)
    {
        string readme = Repository.Read("README.md");
        MatchCollection blocks = Block().Matches(readme[readme.IndexOf("## Install", StringComparison.Ordinal)..]);
        return [.. blocks[block].Groups[1].Value.Split('\n').Select(line => line.Split("  #")[0].Trim()).Where(line => line.Length > 0)];
    }

    /// <summary>Runs commands in one shell; fails the test, with the output, if one fails.</summary>
    public async Task RunAsync(string folder, params string[] commands)
    {
        string script = string.Join('\n', commands.Prepend("set -e"));
        BufferedCommandResult result = await Configure(Programs.Command("bash", "-c", script), folder).RunAsync(CancellationToken.None);
        Assert.True(result.IsSuccess, $"{script}:\n{result.StandardOutput}\n{result.StandardError}");
    }

    /// <summary>Lets a command run in a folder, as this user.</summary>
    public Command Configure(Command command, string folder) =>
        command
            .WithWorkingDirectory(folder)
            .WithEnvironmentVariables(
                new Dictionary<string, string?>(Programs.NoBuildServers)
                {
                    ["HOME"] = _folder.Path,
                    ["DOTNET_CLI_HOME"] = _folder.Path,
                    ["DOTNET_NOLOGO"] = "1",
                    ["NUGET_PACKAGES"] = null,
                    ["TMPDIR"] = folder,
                    ["XDG_CACHE_HOME"] = System.IO.Path.Combine(folder, "cache"),
                    ["PATH"] = $"{_folder.File(".dotnet/tools")}:{Environment.GetEnvironmentVariable("PATH")}",
                }
            );

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
