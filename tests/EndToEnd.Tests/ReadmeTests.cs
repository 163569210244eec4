using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests;

/// <summary>Checks that the README's first program equals the compiled sample, and does what the README describes.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public void Client_Code_IsTheSample()
    {
        string readme = Repository.Read("README.md");
        string sample = Repository.Read("samples", "ReadmeClient", "Program.cs");

        const string Fence = "```csharp\n";
        int start = readme.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        Assert.True(start >= Fence.Length, "README.md has no C# block.");
        Assert.Equal(sample, readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)]);
    }

    /// <summary>Runs the first screen's commands on an empty data directory; only the port and the files' folder differ.</summary>
    [Fact]
    public async Task Client_RunAsInTheReadme_PublishesAndReceives()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string readme = Repository.Read("README.md");
        Assert.Contains("dotnet run --project src/CodecServer -- --data-directory data", readme, StringComparison.Ordinal);
        Assert.Contains("dotnet run --project samples/ReadmeClient", readme, StringComparison.Ordinal);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, token);

        BufferedCommandResult sample = await Programs
            .Dotnet(Programs.PathOf("samples/ReadmeClient", "ReadmeClient"), server.Address)
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["XDG_CACHE_HOME"] = _folder.Path })
            .WithWorkingDirectory(_folder.Path)
            .RunAsync(token);

        Assert.True(sample.IsSuccess, sample.StandardError);
        Assert.Equal(
            [
                "published #1",
                "published #2",
                "published #3",
                .. Enumerable.Range(1, 3).Select(i => $"received #{i} of roof: 320×240, 230400 bytes of pixels"),
            ],
            sample.StandardOutput.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
        );
        for (int i = 1; i <= 3; i++)
            Assert.Equal(230_400 + 15, new FileInfo(_folder.File($"sky-{i}.ppm")).Length);
    }

    public void Dispose() => _folder.Dispose();
}
