using System.Reflection;
using System.Text;
using Codec.Server.Options;

namespace Codec.Server;

/// <summary>What the command line says: help, version, or switches that become configuration.</summary>
internal static class CommandLine
{
    /// <summary>The answer to <c>--help</c> or <c>--version</c>; null where the server should run.</summary>
    public static string? Answer(IReadOnlyList<string> args) =>
        args.Contains("--help") || args.Contains("-h") ? Help()
        : args.Contains("--version") ? Version()
        : null;

    /// <summary>Turns switches into configuration keys and values.</summary>
    /// <remarks><c>--Section:Key value</c> reaches any other setting, such as <c>--Logging:LogLevel:Default Debug</c>.</remarks>
    /// <exception cref="ArgumentException">A switch is unknown, or has no value.</exception>
    public static Dictionary<string, string?> Parse(IReadOnlyList<string> args)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < args.Count; i++)
        {
            string[] parts = args[i].Split('=', 2);
            Option? option = OptionCatalog.All.FirstOrDefault(candidate => candidate.Switch == parts[0]);
            string key =
                option?.Key
                ?? (
                    parts[0].StartsWith("--", StringComparison.Ordinal) && parts[0].Contains(':')
                        ? parts[0][2..]
                        : throw new ArgumentException($"Unknown argument '{args[i]}'; --help lists the options.")
                );
            bool valueFollows = i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            settings[key] =
                parts.Length == 2 ? parts[1]
                : option is { IsFlag: true } && !(valueFollows && bool.TryParse(args[i + 1], out _)) ? "true"
                : valueFollows ? args[++i]
                : throw new ArgumentException($"{parts[0]} needs a value: {parts[0]} VALUE; --help lists the options.");
        }

        return settings;
    }

    private static string Version() =>
        $"codec-server {typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}";

    private static string Help()
    {
        var text = new StringBuilder(
            """
            The Codec server: models, coding and channels over gRPC.

            usage: CodecServer [--option value]...

            Every option can also stand in appsettings.json, or in the environment with __ for each colon:
            --data-directory is Codec:Store:DataDirectory is Codec__Store__DataDirectory.


            """
        );
        foreach (Option option in OptionCatalog.All)
        {
            text.AppendLine($"  {option.Switch}  ({option.Key})");
            text.Append($"      {option.Description}.");
            text.Append(option.Range.Length > 0 ? $" {option.Range}." : "");
            text.AppendLine(option.Default.Length > 0 ? $" Default: {option.Default}." : "");
        }

        text.AppendLine($"  {HealthProbe.Switch}")
            .AppendLine("      First: asks the server that runs with the same options whether it serves; exit status 0 if so.");
        text.AppendLine("  --help").AppendLine("      Prints this.").AppendLine("  --version").Append("      Prints the version.");
        return text.ToString();
    }
}
