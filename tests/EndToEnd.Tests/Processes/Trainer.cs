using CliWrap.Buffered;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Processes;

/// <summary>The trainer's program.</summary>
internal static class Trainer
{
    /// <summary>Runs a command of the trainer to its end; fails the test, with the output, if the command fails.</summary>
    public static async Task RunAsync(params string[] arguments)
    {
        BufferedCommandResult result = await Programs
            .Dotnet(Programs.PathOf("src/Trainer", "trainer"), arguments)
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccess, $"{result.StandardOutput}\n{result.StandardError}");
    }
}
