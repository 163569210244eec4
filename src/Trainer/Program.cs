using System.CommandLine;
using System.CommandLine.Invocation;
using Codec.Trainer.CommandLine;
using Spectre.Console;

// A pipe or file has no width: do not wrap lines.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

// After Ctrl-C a command may take this long to stop: a factorization inside Torch cannot be interrupted.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
ParseResult parsed = TrainerCommand.Create(AnsiConsole.Console, TimeProvider.System).Parse(args);
if (parsed.Action is not ParseErrorAction)
    return await parsed.InvokeAsync(invocation);

// One line: the whole help would hide the reason.
Console.Error.WriteLine($"trainer: {string.Join(" ", parsed.Errors.Select(error => error.Message))} See trainer --help, or the command's.");
return CommandActions.Failure;
