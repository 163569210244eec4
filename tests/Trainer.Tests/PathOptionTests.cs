using Codec.CommandLine;
using Codec.Tests.Shared;

namespace Trainer.Tests;

/// <summary>A path that cannot be meant is refused with the name of its option, before anything is read or written.</summary>
public sealed class PathOptionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>@ stands for a file of the test, ~ for its folder.</summary>
    [Theory]
    [InlineData("--data is empty; name a folder, or leave it out.", "train", "--data", "")]
    [InlineData("--data is empty; name a folder, or leave it out.", "train", "photos", "--data", "")]
    [InlineData("--output is ''; write the name of a folder.", "train", "--data", "~", "--output", "")]
    [InlineData("file', which is a file; name a folder.", "train", "--data", "~", "--output", "@")]
    [InlineData("--validate needs --train and --test", "train", "photos", "--validate", "~")]
    [InlineData("--train is '", "train", "--train", "@", "--test", "~")]
    [InlineData("folder is '", "images", "@", "--data", "~")]
    [InlineData("is in ~, from which the images are read", "images", "~", "--data", "~")]
    [InlineData("model is '~', which is a folder; name a file.", "evaluate", "~", "--data", "~")]
    [InlineData("', which is a folder; name a file.", "train", "photos", "--data", "~", "--output", "~")]
    public async Task Command_WrongPath_NamesItsOption(string message, params string[] arguments)
    {
        string file = _folder.File("file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        CommandRun run = await CommandRun.RunAsync([
            .. arguments.Select(argument =>
                argument is "@" ? file
                : argument is "~" ? _folder.Path
                : argument
            ),
        ]);

        Assert.Equal(ExitCodes.Usage, run.Code);
        Assert.Contains(message.Replace("~", _folder.Path, StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
    }
}
