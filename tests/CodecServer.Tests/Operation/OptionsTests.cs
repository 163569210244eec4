using Codec.Server;
using Codec.Server.Options;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace CodecServer.Tests.Operation;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("--drain-seconds", "0", "DrainSeconds must be between 1 and 300")]
    [InlineData("--max-batch", "1025", "MaxBatch must be between 1 and 1024")]
    [InlineData("--max-loaded", "-1", "MaxLoaded must be between 1 and 1024")]
    [InlineData("--codes-per-frame", "5000", "CodesPerFrame must be between 1 and 4096")]
    [InlineData("--max-blob-bytes", "0", "MaxBlobBytes must be between 1 and 536870912")]
    [InlineData("--data-directory", "", "DataDirectory field is required")]
    [InlineData("--listen", "localhost", "Listen must be a URL with a port, such as http://127.0.0.1:5080")]
    public async Task StartAsync_OptionOutsideItsRange_SaysWhatIsAllowed(string option, string value, string expected)
    {
        using var directory = new TemporaryDirectory();

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            TestServer.StartAsync([option, value], directory.Path)
        );

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Answer_Help_NamesEveryOptionWithDefaultAndRange()
    {
        string help = CommandLine.Answer(["--help"])!;

        foreach (Option option in OptionCatalog.All)
        {
            Assert.Contains($"  {option.Switch}  ({option.Key})", help, StringComparison.Ordinal);
            Assert.Contains(option.Range, help, StringComparison.Ordinal);
        }

        Assert.Contains("Most images in one batch. 1 to 1024. Default: 32.", help, StringComparison.Ordinal);
        Assert.Equal(OptionCatalog.All.Count, OptionCatalog.All.Select(option => option.Switch).Distinct().Count());
    }

    [Fact]
    public void Answer_Version_IsOneLine() => Assert.Matches(@"^codec-server \d+\.\d+\.\d+[^\n]*$", CommandLine.Answer(["--version"]));

    [Fact]
    public void Answer_Otherwise_IsNone() => Assert.Null(CommandLine.Answer(["--listen", "http://127.0.0.1:0"]));

    [Fact]
    public void Parse_Switches_BecomeConfiguration()
    {
        Dictionary<string, string?> settings = CommandLine.Parse([
            "--data-directory",
            "/d",
            "--max-batch=7",
            "--json-logs",
            "--address-file",
            "a",
            "--Logging:LogLevel:Default",
            "Debug",
        ]);

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["Codec:Store:DataDirectory"] = "/d",
                ["Codec:Coding:MaxBatch"] = "7",
                ["Codec:JsonLogs"] = "true",
                ["Codec:AddressFile"] = "a",
                ["Logging:LogLevel:Default"] = "Debug",
            },
            settings
        );
        Assert.Equal("false", CommandLine.Parse(["--json-logs", "false"])["Codec:JsonLogs"]);
    }

    [Theory]
    [InlineData("--unknown", "1")]
    [InlineData("stray")]
    [InlineData("--max-batch")]
    [InlineData("--max-batch", "--json-logs")]
    public void Parse_Wrong_PointsToHelp(params string[] args)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => CommandLine.Parse(args));

        Assert.Contains("--help", exception.Message, StringComparison.Ordinal);
    }
}
