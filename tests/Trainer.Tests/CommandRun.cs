using Codec.Trainer.CommandLine;
using Spectre.Console;

namespace Trainer.Tests;

/// <summary>A command line of the trainer, run in this process.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">What it wrote, tables included.</param>
/// <param name="Error">What it wrote to the error output.</param>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    /// <summary>Runs a command line to its end. Tests of this project do not run in parallel: the error output is its own.</summary>
    public static async Task<CommandRun> RunAsync(params string[] arguments)
    {
        TextWriter console = Console.Error;
        using StringWriter output = new(),
            error = new();
        Console.SetError(error);
        try
        {
            var ansi = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
            ansi.Profile.Width = 1000;
            int code = await CommandActions.Runner.InvokeAsync(
                TrainerCommand.Create(ansi, TimeProvider.System),
                arguments,
                TimeSpan.FromSeconds(20)
            );
            return new CommandRun(code, output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetError(console);
        }
    }

    /// <summary>Requires that the command succeeded.</summary>
    public CommandRun Succeeds()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Error}");
        return this;
    }

    /// <summary>Requires that the command failed with one line that contains a text.</summary>
    public void Fails(string text, int code = 1)
    {
        Assert.True(Code == code, $"exit code {Code}, not {code}: {Error}{Output}");
        Assert.Contains(text, Error, StringComparison.Ordinal);
        Assert.Single(Error.Trim().Split('\n'));
    }
}
