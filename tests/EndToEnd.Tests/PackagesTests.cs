using CliWrap;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests;

/// <summary>Packs the packages, and uses them as an application outside of the repository does.</summary>
public sealed class PackagesTests : IDisposable
{
    private static readonly string[] Projects = ["Codec", "Codec.Onnx", "CodecClient", "CodecClient.ImageSharp"];

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Builds a program for each framework against the packages of a local feed. The one for .NET 10 runs; of .NET 8, no runtime may be
    /// installed.
    /// </summary>
    [Fact]
    public async Task Application_OutsideTheRepository_PublishesReceivesAndSaves()
    {
        string feed = _folder.File("feed"),
            application = _folder.File("application");
        foreach (string project in Projects)
            await DotnetAsync(Repository.Root, "pack", $"src/{project}", "--no-build", "--configuration", "Release", "--output", feed);
        WriteApplication(application, feed);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, Token);

        await DotnetAsync(application, "build", "--configuration", "Release");
        string output = await DotnetAsync(
            application,
            "run",
            "--no-build",
            "--configuration",
            "Release",
            "--framework",
            "net10.0",
            "--",
            server.Address,
            _folder.File("picture.png")
        );

        Assert.Equal("#1 64×48", output.Trim());
        Assert.Equal("\x89PNG"u8.ToArray()[^3..], File.ReadAllBytes(_folder.File("picture.png"))[1..4]);
        string[] libraries = [.. Directory.GetFiles(Path.Combine(application, "bin"), "*", SearchOption.AllDirectories)];
        Assert.DoesNotContain(libraries, library => Path.GetFileName(library).Contains("onnx", StringComparison.OrdinalIgnoreCase));
    }

    public void Dispose() => _folder.Dispose();

    private static void WriteApplication(string folder, string feed)
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
        File.WriteAllText(
            Path.Combine(folder, "Application.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFrameworks>net8.0;net10.0</TargetFrameworks>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Codec.Client.ImageSharp" Version="{Repository.Version}" />
              </ItemGroup>
            </Project>
            """
        );
        File.WriteAllText(
            Path.Combine(folder, "Program.cs"),
            """
            using Codec.Client;
            using Codec.Client.ImageSharp;
            using SixLabors.ImageSharp;
            using SixLabors.ImageSharp.PixelFormats;

            using var client = new CodecClient(new CodecClientOptions { Address = new Uri(args[0]), CacheDirectory = null });
            await client.CreateChannelAsync("pictures");
            using var sent = new Image<Rgb24>(64, 48, new Rgb24(20, 90, 160));
            await using (ChannelPublisher publisher = await client.OpenPublisherAsync("pictures", "photos", 4))
                await publisher.PublishAsync(ImageSharpExtensions.From(sent));
            await foreach (DecodedImage decoded in client.SubscribeAsync("pictures", SubscribeFrom.Start))
            {
                using Image<Rgb24> received = decoded.ToImage();
                await received.SaveAsPngAsync(args[1]);
                Console.WriteLine($"#{decoded.Sequence} {received.Width}×{received.Height}");
                break;
            }
            """
        );
    }

    private static string UserPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        BufferedCommandResult result = await Programs
            .Command("dotnet", [.. arguments, .. arguments[0] == "run" ? (string[])[] : ["--nologo"]])
            .WithWorkingDirectory(folder)
            .RunAsync(Token);
        Assert.True(result.IsSuccess, $"dotnet {string.Join(' ', arguments)}:\n{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }
}
