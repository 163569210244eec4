using Codec.Trainer.CommandLine;
using Spectre.Console;

// A pipe or file has no width: do not wrap lines.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

// After Ctrl-C a command may take this long to stop: a factorization inside Torch cannot be interrupted.
return await CommandActions.Runner.InvokeAsync(
    TrainerCommand.Create(AnsiConsole.Console, TimeProvider.System),
    args,
    TimeSpan.FromSeconds(20)
);
