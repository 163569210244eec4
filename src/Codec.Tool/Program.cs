using Codec.CommandLine;
using Codec.Tool.CommandLine;
using Codec.Tool.Output;
using Spectre.Console;

PipeOutput.Use();
ErrorOutput.Use();

// A pipe or file has no width: do not wrap lines.
if (!AnsiConsole.Profile.Out.IsTerminal)
    AnsiConsole.Profile.Width = 1000;

// After Ctrl-C: a subscription commits its position, for which it may take 5 s, and a server ends its calls.
return await ToolCommands.Runner.InvokeAsync(ToolCommands.Create(), args, TimeSpan.FromSeconds(30));
