using System.CommandLine;
using Codec.Trainer.CommandLine;
using Spectre.Console;

// Ctrl-C asks a command to stop; a factorization inside Torch cannot be interrupted and may take this long to come to its end.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
return await TrainerCommand.Create(AnsiConsole.Console, TimeProvider.System).Parse(args).InvokeAsync(invocation);
