using System.CommandLine;
using Codec.Tool.Service;

namespace Codec.Tool.CommandLine;

/// <summary>Writes docs/cli.md from the commands.</summary>
internal static class CliReference
{
    private const string Introduction = """
        # The command line

        Every command of `codec`, the package `Codec.Tool`. `codec reference > docs/cli.md` writes this page; a test compares them. `codec
        COMMAND --help` shows the same.

        Install it with `dotnet tool install --global Codec.Tool`. `codec completion` writes the script with which a shell completes its
        command lines.
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(RootCommand root, TextWriter output)
    {
        output.Write($"{Introduction}\n\n{root.Description}\n\n## Options of all commands\n\n");
        WriteOptions(root.Options.Where(option => option.Recursive && option.Name != "--help"), output);
        output.Write("\n## Options of the commands that call a server\n\n");
        WriteOptions(ServerCommands.Options, output);
        foreach (Command command in root.Subcommands)
            WriteCommand(root, [command], output);
    }

    private static void WriteCommand(RootCommand root, Command[] path, TextWriter output)
    {
        Command command = path[^1];
        if (command.Hidden)
            return;
        output.Write(
            $"\n{new string('#', path.Length + 1)} codec {string.Join(' ', path.Select(part => part.Name))}\n\n{command.Description}\n"
        );
        if (command.Subcommands.Count > 0)
        {
            foreach (Command child in command.Subcommands)
                WriteCommand(root, [.. path, child], output);
            return;
        }

        output.Write($"\n```\n{Usage(root, path)}\n```\n");
        foreach (Argument argument in command.Arguments)
            output.Write($"\n`{argument.Name}`: {argument.Description}\n");
        Option[] own = [.. command.Options.Except(ServerCommands.Options)];
        if (own.Length > 0)
        {
            output.Write('\n');
            WriteOptions(own, output);
        }

        if (own.Length < command.Options.Count)
            output.Write("\nIt calls a server, and has its options.\n");
    }

    private static void WriteOptions(IEnumerable<Option> options, TextWriter output)
    {
        output.Write("| option | value | meaning |\n|---|---|---|\n");
        foreach (Option option in options)
        {
            string names = string.Join(", ", option.Aliases.Prepend(option.Name).Select(name => $"`{name}`"));
            string value = option.HelpName is { } name ? $"`{name.Replace("|", "\\|", StringComparison.Ordinal)}`" : "";
            string standard =
                option.HasDefaultValue && Text(option.GetDefaultValue()) is { Length: > 0 } text ? $" Default: `{text}`." : "";
            output.Write($"| {names}{(option.Required ? " (required)" : "")} | {value} | {option.Description}{standard} |\n");
        }
    }

    private static string Text(object? value) =>
        value switch
        {
            string text => text,
            Enum choice => choice.ToString().ToLowerInvariant(),
            _ => "",
        };

    // As --help has it: the line after "Usage:".
    private static string Usage(RootCommand root, Command[] path)
    {
        using var help = new StringWriter();
        root.Parse([.. path.Select(part => part.Name), "--help"]).Invoke(new InvocationConfiguration { Output = help });
        string[] lines = help.ToString().Split('\n', StringSplitOptions.TrimEntries);
        return lines[Array.IndexOf(lines, "Usage:") + 1];
    }
}
