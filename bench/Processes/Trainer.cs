using Codec.Tests.Shared.Processes;
using Spectre.Console;

namespace Codec.Bench.Processes;

/// <summary>Runs the trainer's program in a child process.</summary>
internal static class Trainer
{
    /// <summary>How long a cancelled trainer may take to end after SIGTERM.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Runs a command of the trainer to its end.</summary>
    /// <param name="console">
    /// Shows the output; if it is a terminal, the trainer inherits it and shows live progress. Null: the output appears only in the message
    /// of a failure.
    /// </param>
    /// <param name="arguments">The command line.</param>
    /// <param name="cancellationToken">Stops the trainer.</param>
    /// <exception cref="ProgramException">The trainer failed; the message contains the end of its output.</exception>
    public static async Task RunAsync(IAnsiConsole? console, string[] arguments, CancellationToken cancellationToken)
    {
        await using RunningProgram trainer = RunningProgram.Start(
            Programs.PathOf("src/Trainer", "trainer"),
            arguments,
            inheritsTerminal: console is not null && console.Profile.Out.IsTerminal,
            onLine: line => console?.WriteLine("  " + line)
        );
        try
        {
            if (await trainer.WaitForExitAsync(cancellationToken) != 0)
                throw trainer.Failure();
        }
        catch (OperationCanceledException)
        {
            await trainer.StopAsync(Patience);
            throw;
        }
    }
}
