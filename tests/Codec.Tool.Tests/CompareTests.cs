using System.Text.Json;
using Codec.Tests.Shared;

namespace Codec.Tool.Tests;

/// <summary>compare: our model beside JPEG, WebP, AVIF and JPEG XL.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Compare_Image_HasEachFormatsBytesAtOurQualityAndAPage()
    {
        string image = _folder.WriteGradient("a.png", 96, 64);
        string page = _folder.File("page.html");

        ToolRun run = (await ToolRun.RunAsync("compare", image, "-q", "2", "--html", page, "--json")).Succeeded();

        Assert.Equal(["photos", "JPEG", "WebP", "AVIF", "JPEG XL"], run.Objects.Select(row => row.GetProperty("format").GetString()));
        long ours = run.Objects[0].GetProperty("ourBytes").GetInt64();
        Assert.InRange(ours, 40, 96 * 64 * 3);
        Assert.Equal(ours, run.Objects[0].GetProperty("bytesAtEqualScore").GetDouble());
        // libvips comes with the build for Linux.
        Assert.Contains(
            run.Objects.Skip(1),
            row => row.TryGetProperty("bytesAtEqualPsnr", out JsonElement bytes) && bytes.GetDouble() > 40
        );
        string html = File.ReadAllText(page);
        Assert.Contains("<figcaption>original</figcaption>", html, StringComparison.Ordinal);
        Assert.Contains($"<figcaption>photos: {ours:N0} bytes, SSIMULACRA2", html, StringComparison.Ordinal);
        Assert.Contains("<figcaption>JPEG: ", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_ProgramThatIsNotInstalled_IsSaidAndTheOthersAreMeasured()
    {
        string image = _folder.WriteGradient("a.png", 40, 24);
        var environment = new Dictionary<string, string?> { ["PATH"] = _folder.Path };

        ToolRun run = (await ToolRun.RunAsync(environment, "compare", image)).Succeeded();

        Assert.Contains("JPEG XL: not available: cjxl and djxl are not on the path", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("WebP: not available", run.Output, StringComparison.Ordinal);
    }
}
