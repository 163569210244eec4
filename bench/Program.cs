using System.CommandLine;
using Codec.Bench;
using Spectre.Console;

// Without a terminal there is no width to fold lines at: who reads a pipe or a file wants them whole.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

// Ctrl-C first stops the processes that a command started, which takes the slowest of them this long.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) };
return await Commands.Create(AnsiConsole.Console).Parse(args).InvokeAsync(invocation);
