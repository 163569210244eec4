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
/// <param name="Type">The type of its value.</param>
internal sealed partial record OptionEntry(string Switch, string Key, string Description, string Default, string Range, Type Type)
{
    /// <summary>Its name in the environment: <c>Codec__Store__DataDirectory</c>.</summary>
    public string Variable => VariableOf(Key);

    /// <summary>Whether the switch alone means true.</summary>
    public bool IsFlag => Type == typeof(bool);

    /// <summary>What its value must be, for messages.</summary>
    public string Allowed =>
        Range.Length > 0 ? char.ToLowerInvariant(Range[0]) + Range[1..]
        : IsFlag ? "true or false"
        : Type == typeof(string) ? "a text"
        : "an integer";

    /// <summary>The unit of its value, which its name states; empty for a count or a text.</summary>
    public string Unit =>
        Type == typeof(string) || IsFlag ? ""
        : UnitInName().Match(Key[Key.LastIndexOf(':')..]) is not { Success: true } match ? ""
        : match.Value switch
        {
            "BytesPerSecond" => "bytes per second",
            "Percent" => "%",
            var unit => unit.ToLowerInvariant(),
        };

    /// <summary>Returns the name of a key in the environment.</summary>
    public static string VariableOf(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    [GeneratedRegex("BytesPerSecond|Bytes|Seconds|Minutes|Hours|Days|Pixels|Percent")]
    private static partial Regex UnitInName();
}

/// <summary>Names the switch of an option whose property name is unclear without its section.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SwitchAttribute(string name) : Attribute
{
    /// <summary>The switch.</summary>
    public string Name { get; } = name;
}

/// <summary>Describes a default that depends on the machine.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DefaultTextAttribute(string text) : Attribute
{
    /// <summary>The description.</summary>
    public string Text { get; } = text;
}

/// <summary>Lists every option of the server, read from the option types.</summary>
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

    /// <summary>The properties of an option type that are options: those that can be set.</summary>
    public static IEnumerable<PropertyInfo> PropertiesOf(Type type) => type.GetProperties().Where(property => property.CanWrite);

    /// <summary>Reads the options of a type from a configuration that was checked.</summary>
    public static T Read<T>(IConfiguration configuration)
        where T : class, new() => configuration.GetSection(SectionOf<T>()).Get<T>() ?? new T();

    /// <summary>Registers the options of a type; validators of services check them before the server starts.</summary>
    public static void AddSection<T>(this IServiceCollection services)
        where T : class => services.AddOptions<T>().BindConfiguration(SectionOf<T>()).ValidateOnStart();

    private static string SectionOf<T>() => Sections.Single(section => section.Type == typeof(T)).Section;

    private static IEnumerable<OptionEntry> Describe(Type type, string section)
    {
        object defaults = Activator.CreateInstance(type)!;
        foreach (PropertyInfo property in PropertiesOf(type))
        {
            yield return new OptionEntry(
                property.GetCustomAttribute<SwitchAttribute>()?.Name ?? "--" + WordStart().Replace(property.Name, "-$0").ToLowerInvariant(),
                $"{section}:{property.Name}",
                property.GetCustomAttribute<DescriptionAttribute>()!.Description,
                property.GetCustomAttribute<DefaultTextAttribute>()?.Text
                    ?? Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture)!,
                DescribeValues(property),
                property.PropertyType
            );
        }
    }

    private static string DescribeValues(PropertyInfo property) =>
        property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault() switch
        {
            RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
            AllowedValuesAttribute allowed => $"One of: {string.Join(", ", allowed.Values)}",
            ListenAddressAttribute address => address.Form,
            // An option with a pattern describes its values in place of a message.
            RegularExpressionAttribute pattern => pattern.ErrorMessage!,
            RequiredAttribute => "Not empty",
            _ => "",
        };

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
