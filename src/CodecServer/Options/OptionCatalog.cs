using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Codec.Server.Options;

/// <summary>One option: its names and its values.</summary>
/// <param name="Switch">Its name on the command line: <c>--data-directory</c>.</param>
/// <param name="Key">Its key in configuration: <c>Codec:Store:DataDirectory</c>; in the environment with <c>__</c> for <c>:</c>.</param>
/// <param name="Description">What it sets.</param>
/// <param name="Default">Its default.</param>
/// <param name="Range">The allowed values; empty if there is no restriction.</param>
/// <param name="IsFlag">Whether the switch alone means true.</param>
internal sealed record OptionEntry(string Switch, string Key, string Description, string Default, string Range, bool IsFlag);

/// <summary>Names the switch of an option whose property name is unclear without its section.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SwitchAttribute(string name) : Attribute
{
    /// <summary>The switch.</summary>
    public string Name { get; } = name;
}

/// <summary>Lists every option of the server, read from the option types, for <c>--help</c> and the command line.</summary>
internal static partial class OptionCatalog
{
    /// <summary>The option types and the configuration sections that they bind to.</summary>
    public static IReadOnlyList<(Type Type, string Section)> Sections { get; } =
    [
        (typeof(ServerOptions), "Codec"),
        (typeof(OperationsOptions), "Codec:Operations"),
        (typeof(TlsOptions), "Codec:Tls"),
        (typeof(StoreOptions), "Codec:Store"),
        (typeof(ModelOptions), "Codec:Models"),
        (typeof(CodingOptions), "Codec:Coding"),
        (typeof(ChannelOptions), "Codec:Channels"),
        (typeof(LimitOptions), "Codec:Limits"),
        (typeof(TelemetryOptions), "Codec:Telemetry"),
        (typeof(IdentityOptions), "Codec:Identity"),
    ];

    /// <summary>All options in the order of the types.</summary>
    public static IReadOnlyList<OptionEntry> All { get; } = [.. Sections.SelectMany(section => Describe(section.Type, section.Section))];

    private static IEnumerable<OptionEntry> Describe(Type type, string section)
    {
        object defaults = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in type.GetProperties())
        {
            yield return new OptionEntry(
                property.GetCustomAttribute<SwitchAttribute>()?.Name ?? "--" + WordStart().Replace(property.Name, "-$0").ToLowerInvariant(),
                $"{section}:{property.Name}",
                property.GetCustomAttribute<DescriptionAttribute>()!.Description,
                Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture)!,
                DescribeValues(property),
                property.PropertyType == typeof(bool)
            );
        }
    }

    private static string DescribeValues(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
        : property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed ? $"One of: {string.Join(", ", allowed.Values)}"
        : "";

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
