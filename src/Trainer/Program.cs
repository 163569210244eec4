using Codec.CommandLine;
using Codec.Trainer.CommandLine;
using Codec.Trainer.Runs;
using Spectre.Console;

ErrorOutput.Use();

// A pipe or file has no width: do not wrap lines.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

string[] arguments;
try
{
    arguments = ConfigFile.Expand(args);
}
catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"trainer: {CommandRunner.OneLine(exception)}");
    return ExitCodes.Usage;
}

// After Ctrl-C a command may take this long to stop: a factorization inside Torch cannot be interrupted.
return await CommandActions.Runner.InvokeAsync(
    TrainerCommand.Create(AnsiConsole.Console, TimeProvider.System),
    arguments,
    TimeSpan.FromSeconds(20)
);
