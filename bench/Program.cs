using System.CommandLine;
using Codec.Bench;
using Spectre.Console;

// A pipe or a file has no width: do not wrap its lines.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

// Ctrl-C first stops the child processes; the slowest of them take this long.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) };
return await Commands.Create(AnsiConsole.Console).Parse(args).InvokeAsync(invocation);
