using System.ComponentModel;
using System.Reflection;

namespace Codec.Server.Options;

/// <summary>Writes docs/configuration.md from the option types.</summary>
internal static class ConfigurationReference
{
    private const string Introduction = """
        # Configuration

        Every option of the server. `CodecServer --configuration-reference` writes this page; a test compares them.

        An option can be set on the command line, in the environment, or in `appsettings.json` beside the server under its key
        (`{"Codec": {"Store": {"DataDirectory": "/data"}}}`). The command line overrides the environment, and that overrides the file. A key
        below `Codec` that is no option is refused at the start, and so is a value that is not allowed. `--Section:Key VALUE` sets a key
        that is not ours, such as `--Logging:LogLevel:Default Debug`.
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(TextWriter output)
    {
        output.Write(Introduction.ReplaceLineEndings("\n") + "\n");
        foreach ((Type type, string section) in OptionCatalog.Sections)
        {
            output.Write($"\n## {section}\n\n{type.GetCustomAttribute<DescriptionAttribute>()!.Description}.\n\n");
            output.Write("| option | command line | environment | unit | values | default | meaning |\n|---|---|---|---|---|---|---|\n");
            foreach (OptionEntry option in OptionCatalog.All.Where(option => option.Key[..option.Key.LastIndexOf(':')] == section))
            {
                string standard = option.IsFlag ? option.Default.ToLowerInvariant() : option.Default;
                output.Write(
                    $"| `{option.Key}` | `{option.Switch}` | `{option.Variable}` | {option.Unit} | {option.Allowed} | {(standard.Length > 0 ? $"`{standard}`" : "(empty)")} | {option.Description} |\n"
                );
            }
        }
    }
}
