using Codec.CommandLine;
using Codec.Tests.Shared;

namespace Trainer.Tests;

public sealed class PublishCommandTests
{
    /// <summary>No server listens at this address: the alias is checked first.</summary>
    [Fact]
    public async Task Publish_WrongAlias_IsAWrongCommandLine()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("small.codec");
        SmallModel.Create("small").Save(file);

        CommandRun run = await CommandRun.RunAsync("publish", file, "--alias", "A B", "--server", "http://127.0.0.1:9");

        run.Fails("'small@A B' names no alias; write MODEL or MODEL@ALIAS", ExitCodes.Usage);
    }
}
