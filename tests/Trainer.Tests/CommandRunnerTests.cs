using System.CommandLine;
using CliWrap.Buffered;
using Codec.CommandLine;
using Codec.Tests.Shared.Processes;

namespace Trainer.Tests;

public sealed class CommandRunnerTests
{
    [Fact]
    public async Task RunAsync_FailureOfWorkOnSeveralThreads_IsOneLineOfItsCause()
    {
        var runner = new CommandRunner("program", "Stopped.", _ => false);
        var root = new RootCommand();
        root.SetAction(
            (arguments, cancellationToken) =>
                runner.RunAsync(
                    arguments,
                    () => throw new AggregateException(new AggregateException(new IOException("No space left on device."))),
                    cancellationToken
                )
        );
        TextWriter console = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            Assert.Equal(ExitCodes.Failure, await runner.InvokeAsync(root, [], TimeSpan.FromSeconds(20)));
        }
        finally
        {
            Console.SetError(console);
        }

        Assert.Equal("program: No space left on device.", error.ToString().Trim());
    }

    /// <summary>A log on a full disk must not end a training in its middle.</summary>
    [Fact]
    public async Task Program_ErrorOutputThatTakesNothing_KeepsItsExitCode()
    {
        string trainer = Path.Combine(AppContext.BaseDirectory, "trainer.dll");
        BufferedCommandResult run = await Programs
            .Command("bash", ["-c", "dotnet \"$0\" train --data /nowhere 2> /dev/full; echo $?", trainer])
            .RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("1", run.StandardOutput.Trim());
    }
}
