using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using Codec.Server.Options;

namespace Codec.Server;

/// <summary>
/// The parsed command line: options that become configuration; or, instead of starting the server, a request such as --help that is
/// answered, or a command on the store.
/// </summary>
internal sealed class CommandLine
{
    private const string Description = """
        The Codec server: models, coding and channels over gRPC.

        Every option can also be set in appsettings.json under its key, or in the environment with __ for each colon of the key:
        --data-directory is Codec:Store:DataDirectory is Codec__Store__DataDirectory. The command line overrides the environment, and that
        overrides appsettings.json. --Section:Key VALUE sets any other key, such as --Logging:LogLevel:Default Debug.

        Without a command, the server starts.
        """;

    /// <summary>The options that the commands on the store have, too.</summary>
    private static readonly string[] StoreKeys =
    [
        $"Codec:Store:{nameof(StoreOptions.Kind)}",
        $"Codec:Store:{nameof(StoreOptions.DataDirectory)}",
        $"Codec:{nameof(ServerOptions.JsonLogs)}",
    ];

    private readonly ParseResult _parsed;

    private CommandLine(ParseResult parsed, IReadOnlyDictionary<string, string?> settings)
    {
        _parsed = parsed;
        Settings = settings;
    }

    /// <summary>Whether to check a running server's health instead of starting one.</summary>
    public bool IsHealthCheck { get; private init; }

    /// <summary>The folder to write a backup into; null where the command is another one.</summary>
    public string? BackupFolder { get; private init; }

    /// <summary>How many of the newest backups to keep; null keeps all.</summary>
    public int? Keep { get; private init; }

    /// <summary>The backup to restore; null where the command is another one.</summary>
    public string? RestoreFolder { get; private init; }

    /// <summary>The command on credentials; null where the command is another one.</summary>
    public KeyCommand? KeyCommand { get; private init; }

    /// <summary>Whether to back up or restore the store instead of starting a server.</summary>
    public bool WorksOnStore => BackupFolder is not null || RestoreFolder is not null;

    /// <summary>Whether to write the reference of all options instead of starting a server.</summary>
    public bool IsReference { get; private init; }

    /// <summary>Whether to check the store instead of starting a server on it.</summary>
    public bool IsStoreVerification { get; private init; }

    /// <summary>Configuration keys and values.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    /// <summary>Parses the command line.</summary>
    /// <exception cref="ArgumentException">An argument is unknown, or an option has no value or is set twice.</exception>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        string[] separated = [.. args.SelectMany(SeparateValue)];
        var root = new RootCommand(Description);
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        var healthCheck = new Option<bool>("--health-check")
        {
            Description =
                "Checks whether the server that runs with the same options is serving, instead of starting one; exit status 0 if it is.",
        };
        root.Options.Add(healthCheck);
        var verifyStore = new Option<bool>("--verify-store")
        {
            Description =
                "Reads everything in the store and reports what is damaged, instead of starting a server on it; exit status 0 if nothing is.",
        };
        root.Options.Add(verifyStore);
        var reference = new Option<bool>("--configuration-reference")
        {
            Description = "Writes the reference of all options as Markdown (docs/configuration.md), instead of starting a server.",
        };
        root.Options.Add(reference);
        var backups = new Argument<string>("folder")
        {
            Description = "Folder of all backups; each gets a folder of its own, named by its time",
        };
        var keep = new Option<int?>("--keep") { HelpName = "count", Description = "Deletes all but this many of the newest backups" };
        keep.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out int count) || count < 1))
                result.AddError($"--keep {token.Value} is out of range; keep 1 or more.");
        });
        var backup = new Command("backup", "Copies the data directory, also while a server runs on it; must run on that server's host")
        {
            backups,
            keep,
        };
        var backedUp = new Argument<string>("folder") { Description = "A backup, or a folder of backups, of which the newest is taken" };
        var restore = new Command("restore", "Copies a backup into an empty data directory, and verifies it") { backedUp };
        List<(string Key, Option Option)> settings =
        [
            .. OptionCatalog.All.Select(option => (option.Key, Create(option))),
            .. separated.Where(IsKey).Distinct().Select(name => (name[2..], (Option)CreateText(name))),
        ];
        settings.ForEach(setting => root.Options.Add(setting.Option));
        var keys = new KeyCommandSyntax();
        foreach (Command command in new[] { backup, restore }.Concat(keys.Parts))
        {
            List<(string Key, Option Option)> shared =
            [
                .. OptionCatalog.All.IntersectBy(StoreKeys, option => option.Key).Select(option => (option.Key, Create(option))),
            ];
            shared.ForEach(setting => command.Options.Add(setting.Option));
            settings.AddRange(shared);
            command.SetAction(static _ => 0);
        }

        root.Subcommands.Add(backup);
        root.Subcommands.Add(restore);
        root.Subcommands.Add(keys.Root);

        // Program runs what was parsed; without an action, the parser would ask for a command.
        root.SetAction(static _ => 0);
        ParseResult parsed = root.Parse(
            separated,
            new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null }
        );
        if (!IsQuestion(parsed) && FindErrors(parsed) is { Length: > 0 } errors)
            throw new ArgumentException($"{string.Join(" ", errors)} --help lists the options.");

        var spellings = new Spellings();
        foreach ((string key, Option option) in settings)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result)
                continue;

            // A switch without a value means true.
            IEnumerable<string?> given = result.Tokens.Select(token => (string?)token.Value);
            foreach (string? value in given.Concat(Enumerable.Repeat<string?>(null, result.IdentifierTokenCount - result.Tokens.Count)))
                spellings.Add(key, value is null ? option.Name : $"{option.Name} {value}", value ?? "true");
        }

        // A command whose help is asked for may lack its argument.
        Command? invoked = IsQuestion(parsed) ? null : parsed.CommandResult.Command;
        return new CommandLine(parsed, spellings.Values)
        {
            IsHealthCheck = parsed.GetValue(healthCheck),
            IsReference = parsed.GetValue(reference),
            IsStoreVerification = parsed.GetValue(verifyStore),
            BackupFolder = invoked == backup ? parsed.GetValue(backups) : null,
            Keep = invoked == backup ? parsed.GetValue(keep) : null,
            KeyCommand = keys.Read(parsed, invoked),
            RestoreFolder = invoked == restore ? parsed.GetValue(backedUp) : null,
        };
    }

    /// <summary>Writes the answer to <c>--help</c> or <c>--version</c>; returns false if neither was requested.</summary>
    public bool TryAnswer(TextWriter output)
    {
        if (!IsQuestion(_parsed))
            return false;

        _parsed.Invoke(new InvocationConfiguration { Output = output });
        return true;
    }

    private static bool IsQuestion(ParseResult parsed) => parsed.Action is HelpAction or VersionAction;

    /// <summary>
    /// What is wrong, a sentence each. The parser reads an option as the missing value of the option before it, and one that the command
    /// does not have as an argument.
    /// </summary>
    private static string[] FindErrors(ParseResult parsed)
    {
        string[] misread =
        [
            .. from command in new[] { parsed.RootCommandResult, parsed.CommandResult }.Distinct()
            from result in command.Children
            from token in result.Tokens
            where result is OptionResult or ArgumentResult && token.Value is ['-', not (>= '0' and <= '9'), ..]
            select result is OptionResult { Option.Name: var name }
                ? $"{name} needs a value: {name} VALUE."
                : $"Unknown option {token.Value}.",
        ];
        return misread.Length > 0 ? misread : [.. parsed.Errors.Select(error => error.Message)];
    }

    /// <summary>Splits <c>--Section:Key=value</c>, which the parser would split at the first colon.</summary>
    private static string[] SeparateValue(string argument) =>
        argument.Split('=', 2) is [var name, var value] && IsKey(name) ? [name, value] : [argument];

    private static bool IsKey(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.Split('=')[0].Contains(':');

    private static Option Create(OptionEntry option)
    {
        string range = option.Range.Length > 0 ? $" {char.ToUpperInvariant(option.Range[0])}{option.Range[1..]}." : "";
        string fallback = option.Default.Length > 0 ? $" Default: {option.Default}." : "";
        Option created = option.IsFlag ? new Option<bool>(option.Switch) : CreateText(option.Switch);
        created.Description = $"{option.Description}.{range}{fallback} Key: {option.Key}.";
        return created;
    }

    /// <summary>Creates an option that has a value and may be repeated.</summary>
    private static Option<string[]> CreateText(string name) =>
        new(name)
        {
            HelpName = "value",
            Arity = ArgumentArity.OneOrMore,
            Hidden = IsKey(name),
        };

    /// <summary>Writes the program's name and version on one line.</summary>
    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            string version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            parseResult.InvocationConfiguration.Output.WriteLine($"codec-server {version}");
            return 0;
        }
    }
}
