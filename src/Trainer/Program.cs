using System.CommandLine;
using Codec.Trainer.CommandLine;
using Spectre.Console;

// Without a terminal there is no width to fold lines at: who reads a pipe or a file wants them whole.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

// Ctrl-C asks a command to stop; a factorization inside Torch cannot be interrupted and may take this long to come to its end.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
return await TrainerCommand.Create(AnsiConsole.Console, TimeProvider.System).Parse(args).InvokeAsync(invocation);
