using System.Text.RegularExpressions;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Codec.Samples.Tests;

/// <summary>Checks that README's first program equals the compiled sample, and does what README says.</summary>
public sealed partial class ReadmeTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public void Client_Code_IsTheSample() => Assert.Equal(Repository.Read("samples", "ReadmeClient", "Program.cs"), FirstProgram());

    /// <summary>The first program stays short: usings aside, a dozen lines.</summary>
    [Fact]
    public void Client_Code_HasAtMostTwelveLines() =>
        Assert.InRange(
            FirstProgram().Split('\n').Count(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)),
            1,
            12
        );

    /// <summary>Runs the first screen's commands on an empty data directory; only the port and the folder differ.</summary>
    [Fact]
    public async Task Client_RunAsInTheReadme_PublishesReceivesAndSaves()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string readme = Repository.Read("README.md");
        Assert.Contains("dotnet run --project src/CodecServer -- --data-directory data", readme, StringComparison.Ordinal);
        Assert.Contains("dotnet run --project samples/ReadmeClient photo.jpg", readme, StringComparison.Ordinal);
        using (var photo = new Image<Rgb24>(80, 60, new Rgb24(200, 120, 40)))
            await photo.SaveAsJpegAsync(_folder.File("photo.jpg"), token);

        BufferedCommandResult sample = await Programs
            .Dotnet(Programs.PathOf("samples/ReadmeClient", "ReadmeClient"), "photo.jpg", server.Address)
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["XDG_CACHE_HOME"] = _folder.Path })
            .WithWorkingDirectory(_folder.Path)
            .RunAsync(token);

        Assert.True(sample.IsSuccess, sample.StandardError);
        using Image<Rgb24> received = Image.Load<Rgb24>(_folder.File("received.png"));
        Assert.Equal((80, 60), (received.Width, received.Height));
        Assert.InRange(received[40, 30].R, 190, 210);
    }

    /// <summary>Every package and sample that README names exists, and every link to a file leads somewhere.</summary>
    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/README.md")]
    [InlineData("samples/README.md")]
    [InlineData("CHANGELOG.md")]
    public void Links_OfADocument_LeadToFiles(string document)
    {
        string folder = Path.GetDirectoryName(Repository.PathOf(document))!;
        Assert.All(
            Link().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value),
            link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{document} links to {link}, which does not exist.")
        );
    }

    public void Dispose() => _folder.Dispose();

    private static string FirstProgram()
    {
        string readme = Repository.Read("README.md");
        const string Fence = "```csharp\n";
        int start = readme.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        Assert.True(start >= Fence.Length, "README.md has no C# block.");
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)")]
    private static partial Regex Link();
}
