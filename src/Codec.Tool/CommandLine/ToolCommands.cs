using System.CommandLine;
using System.CommandLine.Help;
using Codec.CommandLine;
using Codec.Imaging;
using Codec.Tool.Channels;
using Codec.Tool.Comparing;
using Codec.Tool.Models;
using Codec.Tool.Offline;
using Codec.Tool.Output;
using Codec.Tool.Serving;
using Spectre.Console;

namespace Codec.Tool.CommandLine;

/// <summary>Does the work of a command.</summary>
/// <returns>One of <see cref="ExitCodes"/>. It fails by throwing.</returns>
internal delegate Task<int> ToolAction(ParseResult arguments, Results results, CancellationToken cancellationToken);

/// <summary>The command line.</summary>
internal static class ToolCommands
{
    private const string Description = """
        Codec: small codes for images, decoded with models.

        encode, decode, inspect and compare work on files, without a server; the shipped models come with the program. serve runs a server
        on this machine, and keys changes who may call one. The other commands call a server: --server names it, or the environment
        variable CODEC_SERVER, or the profile file.

        The profile file is codec/profile.json in $XDG_CONFIG_HOME or ~/.config (Windows: in the roaming application data), or the file that
        CODEC_PROFILE names: {"server": "https://codec.example:5080", "apiKeyFile": "key"}, and ca, clientCertificate, clientKey and
        allowClearText. Its credentials are used for its own server alone.

        Results go to the output: tables and lines for people, with --json one JSON object a line. Everything else goes to the error
        output, a line for each failure.

        Exit codes: 0 done; 1 failed, also in part; 2 wrong command line or profile; 3 server unreachable or full; 4 not found on
        the server; 5 access denied; 130 stopped by Ctrl-C; 141 the reader of the output has gone.
        """;

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Write one JSON object a line instead of tables and text.",
        Recursive = true,
    };

    /// <summary>Runs the commands.</summary>
    public static CommandRunner Runner { get; } =
        new("codec", "Stopped. What was reported is done; nothing else was changed.", exception => exception is InvalidImageException);

    /// <summary>Builds the root command.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand(Description)
        {
            EncodeCommand.Create(),
            DecodeCommand.Create(),
            InspectCommand.Create(),
            CompareCommand.Create(),
            ModelsCommand.Create(),
            ChannelsCommand.Create(),
            PublishCommand.Create(),
            SubscribeCommand.Create(),
            ConsumersCommand.Create(),
            ServeCommand.Create(),
            KeysCommand.Create(),
            CompletionCommand.Create(),
        };
        root.Add(CreateReference(root));
        root.Options.Add(Json);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ProgramHelp((HelpAction)help.Action!);
        return root;
    }

    private static Command CreateReference(RootCommand root)
    {
        var reference = new Command("reference", "Write the reference of all commands as Markdown (docs/cli.md).") { Hidden = true };
        reference.SetAction(_ => CliReference.Write(root, Console.Out));
        return reference;
    }

    /// <summary>Sets the action of a command.</summary>
    public static Command Does(this Command command, ToolAction action)
    {
        command.SetAction(
            (arguments, cancellationToken) =>
                Runner.RunAsync(arguments, () => DoAsync(action, arguments, cancellationToken), cancellationToken)
        );
        return command;
    }

    private static async Task<int> DoAsync(ToolAction action, ParseResult arguments, CancellationToken cancellationToken)
    {
        var results = new Results(AnsiConsole.Console, Console.Out, arguments.GetValue(Json));
        try
        {
            return await action(arguments, results, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException exception) when (exception is not UsageException)
        {
            // The failure of one of several files does not come here: what is wrong was named by the command line.
            throw new UsageException(CommandRunner.OneLine(exception), exception);
        }
        catch (OutputException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    /// <summary>Reports the failure of one item of several, whose others go on.</summary>
    public static void ReportFailure(string item, Exception exception) =>
        Console.Error.WriteLine($"codec: {PlainText.Of(item)}: {CommandRunner.OneLine(exception)}");

    /// <summary>Writes a note beside the results, to standard error.</summary>
    public static void ReportNote(string note) => Console.Error.WriteLine($"codec: {PlainText.Line(note)}");
}
