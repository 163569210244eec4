using CliWrap;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using EndToEnd.Tests.Packages;

[assembly: AssemblyFixture(typeof(PackageFeed))]

namespace EndToEnd.Tests.Packages;

/// <summary>A local feed of our packages; each is packed before the first test that needs it.</summary>
public sealed class PackageFeed : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Lazy<Task> _libraries;
    private readonly Lazy<Task> _tool;

    public PackageFeed()
    {
        _libraries = new(() => PackAsync("Codec", "Codec.Onnx", "CodecClient", "CodecClient.ImageSharp"));
        _tool = new(() => PackAsync("Codec.Tool"));
    }

    /// <summary>The feed's folder, with the packages of applications.</summary>
    public async Task<string> LibrariesAsync()
    {
        await _libraries.Value;
        return _folder.Path;
    }

    /// <summary>The feed's folder, with the package of the command line.</summary>
    public async Task<string> ToolAsync()
    {
        await _tool.Value;
        return _folder.Path;
    }

    /// <summary>Makes a folder for an application that takes our packages from a feed, and only from there.</summary>
    public static void Configure(string folder, string feed)
    {
        Directory.CreateDirectory(folder);
        // Packages of an earlier test must not be found in the user's folder of packages, so those of this test go to one of their own.
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><add key="local" value="{feed}" /></packageSources>
              <fallbackPackageFolders><add key="user" value="{UserPackages()}" /></fallbackPackageFolders>
            </configuration>
            """
        );
    }

    /// <summary>Makes a user's home, whose packages come from the sources that the user will name, and only from there.</summary>
    public static void ConfigureUser(string home)
    {
        string folder = Directory.CreateDirectory(Path.Combine(home, ".nuget", "NuGet")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "NuGet.Config"),
            $"""
            <configuration>
              <packageSources />
              <fallbackPackageFolders><add key="user" value="{UserPackages()}" /></fallbackPackageFolders>
            </configuration>
            """
        );
    }

    /// <summary>Runs a command of the .NET SDK to its end; fails the test, with the output, if it fails.</summary>
    public static async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        BufferedCommandResult result = await Programs
            .Command("dotnet", arguments)
            .WithWorkingDirectory(folder)
            .WithEnvironmentVariables(Programs.NoBuildServers)
            .RunAsync(CancellationToken.None);
        Assert.True(result.IsSuccess, $"dotnet {string.Join(' ', arguments)}:\n{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }

    public void Dispose() => _folder.Dispose();

    private async Task PackAsync(params string[] projects)
    {
        foreach (string project in projects)
        {
            string[] pack = ["pack", $"src/{project}", "--no-build", "--configuration", "Release", "--output", _folder.Path];
            await DotnetAsync(Repository.Root, pack);
        }
    }

    private static string UserPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
