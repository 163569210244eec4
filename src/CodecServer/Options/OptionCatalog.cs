using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Codec.Server.Options;

/// <summary>One option: how it is named everywhere, and what it may be.</summary>
/// <param name="Switch">On the command line: <c>--data-directory</c>.</param>
/// <param name="Key">In configuration: <c>Codec:Store:DataDirectory</c>; in the environment with <c>__</c> for <c>:</c>.</param>
/// <param name="Description">What it does.</param>
/// <param name="Default">Its value where none is given.</param>
/// <param name="Range">Its allowed values; empty where any will do.</param>
/// <param name="IsFlag">Whether the switch alone means true.</param>
internal sealed record Option(string Switch, string Key, string Description, string Default, string Range, bool IsFlag);

/// <summary>Every option of the server, read from the option types: what <c>--help</c> prints and the command line accepts.</summary>
internal static partial class OptionCatalog
{
    /// <summary>The option types and the configuration sections that they bind to.</summary>
    public static IReadOnlyList<(Type Type, string Section)> Sections { get; } =
    [
        (typeof(ServerOptions), "Codec"),
        (typeof(StoreOptions), "Codec:Store"),
        (typeof(ModelOptions), "Codec:Models"),
        (typeof(CodingOptions), "Codec:Coding"),
        (typeof(ChannelOptions), "Codec:Channels"),
    ];

    /// <summary>All options in the order of the types.</summary>
    public static IReadOnlyList<Option> All { get; } = [.. Sections.SelectMany(section => Describe(section.Type, section.Section))];

    private static IEnumerable<Option> Describe(Type type, string section)
    {
        object defaults = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in type.GetProperties())
        {
            RangeAttribute? range = property.GetCustomAttribute<RangeAttribute>();
            yield return new Option(
                "--" + WordStart().Replace(property.Name, "-$0").ToLowerInvariant(),
                $"{section}:{property.Name}",
                property.GetCustomAttribute<DescriptionAttribute>()!.Description,
                Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture)!,
                range is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
                property.PropertyType == typeof(bool)
            );
        }
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
