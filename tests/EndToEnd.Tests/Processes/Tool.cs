using CliWrap.Buffered;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Processes;

/// <summary>The command line <c>codec</c>.</summary>
internal static class Tool
{
    /// <summary>Runs a command to its end; fails the test, with the output, if the command fails.</summary>
    public static async Task RunAsync(params string[] arguments)
    {
        BufferedCommandResult result = await Programs
            .Dotnet(Programs.PathOf("src/Codec.Tool", "Codec.Tool"), arguments)
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccess, $"{result.StandardOutput}\n{result.StandardError}");
    }
}
