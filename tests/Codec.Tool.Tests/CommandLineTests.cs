using Codec.Tests.Shared;

namespace Codec.Tool.Tests;

/// <summary>What all commands have in common.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("encode --help", "encode", "a.png")]
    [InlineData("--help", "bogus")]
    public async Task WrongCommandLine_IsExitCode2AndNamesTheHelp(string help, params string[] arguments)
    {
        ToolRun run = await ToolRun.RunAsync(arguments);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.All(run.Errors, line => Assert.EndsWith($"See codec {help}.", line, StringComparison.Ordinal));
        Assert.NotEmpty(run.Errors);
    }

    [Fact]
    public async Task Suggest_PartOfACommand_CompletesIt()
    {
        ToolRun run = (await ToolRun.RunAsync("[suggest:3]", "enc")).Succeeded();

        Assert.Equal("encode", run.Output.Trim());
    }

    [Fact]
    public async Task Reference_OfTheCommands_IsThePageInDocs()
    {
        ToolRun run = (await ToolRun.RunAsync("reference")).Succeeded();

        // codec reference > docs/cli.md
        Assert.Equal(run.Output, Repository.Read("docs", "cli.md").ReplaceLineEndings("\n"));
    }
}
