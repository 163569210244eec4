using System.CommandLine;
using Codec.CommandLine;

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
}
