using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Codec.Server.Options;

/// <summary>
/// Checks the configured options before anything uses them: each key must be an option of the server, and each value must be allowed. A
/// message names the option as the user writes it.
/// </summary>
internal static class OptionCheck
{
    /// <summary>The section of all options.</summary>
    public const string Root = "Codec";

    /// <summary>Refuses a configuration with a problem.</summary>
    /// <exception cref="ArgumentException">An option does not exist, or has a value that is not allowed.</exception>
    public static void Require(IConfiguration configuration)
    {
        string problems = string.Join(" ", Problems(configuration));
        if (problems.Length > 0)
            throw new ArgumentException(problems);
    }

    /// <summary>Finds what is wrong: unknown options first, then values. Each problem is a sentence with its remedy.</summary>
    public static IReadOnlyList<string> Problems(IConfiguration configuration)
    {
        KeyValuePair<string, string?>[] values =
        [
            .. configuration.GetSection(Root).AsEnumerable().Where(pair => pair.Value is not null && pair.Key.Contains(':')),
        ];
        string[] unknown = [.. values.Where(pair => Find(pair.Key) is null).Select(pair => Unknown(pair.Key))];
        if (unknown.Length > 0)
            return unknown;

        string[] unreadable =
        [
            .. values
                .Select(pair => (Option: Find(pair.Key)!, pair.Value))
                .Where(pair => !CanRead(pair.Option, pair.Value!))
                .Select(pair => Wrong(pair.Option, pair.Value)),
        ];
        if (unreadable.Length > 0)
            return unreadable;

        string[] wrong = [.. OptionCatalog.Sections.SelectMany(section => Validate(configuration, section))];
        return wrong.Length > 0 ? wrong : [.. Contradictions(configuration)];
    }

    /// <summary>How a user can name an option: <c>--drain-seconds, or Codec__DrainSeconds in the environment</c>.</summary>
    private static string Names(OptionEntry option) => $"{option.Switch}, or {option.Variable} in the environment";

    private static OptionEntry? Find(string key) =>
        OptionCatalog.All.FirstOrDefault(option => string.Equals(option.Key, key, StringComparison.OrdinalIgnoreCase));

    private static string Unknown(string key)
    {
        (OptionEntry nearest, int distance) = OptionCatalog
            .All.Select(option => (Option: option, Distance: Distance(option.Key.ToUpperInvariant(), key.ToUpperInvariant())))
            .MinBy(pair => pair.Distance);
        string unknown = $"{key} ({OptionEntry.VariableOf(key)} in the environment) is not an option of the server";

        // A suggestion helps only where most of what was written, after the section's name, is right.
        return 3 * distance <= key.Length - Root.Length - 1
            ? $"{unknown}. The nearest is {nearest.Key} ({Names(nearest)}); --help lists all."
            : $"{unknown}; --help lists all.";
    }

    private static string Wrong(OptionEntry option, object? value) =>
        $"{option.Key} is '{value}'; it must be {option.Allowed}. Correct {Names(option)}.";

    private static bool CanRead(OptionEntry option, string value) =>
        option.Type == typeof(string)
        || (option.Type == typeof(bool) && bool.TryParse(value, out _))
        || (
            long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && (option.Type == typeof(long) || (option.Type == typeof(int) && number is >= int.MinValue and <= int.MaxValue))
        );

    private static IEnumerable<string> Validate(IConfiguration configuration, (Type Type, string Section) section)
    {
        object options = configuration.GetSection(section.Section).Get(section.Type) ?? Activator.CreateInstance(section.Type)!;
        List<string> problems = [];
        foreach (PropertyInfo property in OptionCatalog.PropertiesOf(section.Type))
        {
            object? value = property.GetValue(options);
            if (property.GetCustomAttributes<ValidationAttribute>().Any(attribute => !attribute.IsValid(value)))
                problems.Add(Wrong(Find($"{section.Section}:{property.Name}")!, value));
        }

        // Rules between options hold only where each value is allowed.
        return problems.Count > 0 || options is not IValidatableObject whole
            ? problems
            : whole.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage!);
    }

    /// <summary>Finds options of different sections that contradict each other.</summary>
    private static IEnumerable<string> Contradictions(IConfiguration configuration)
    {
        int message = OptionCatalog.Read<ServerOptions>(configuration).MaxMessageBytes;
        long room = OptionCatalog.Read<LimitOptions>(configuration).BytesInFlight;
        if (message > room)
        {
            OptionEntry most = Find($"{Root}:{nameof(ServerOptions.MaxMessageBytes)}")!;
            OptionEntry all = Find($"{Root}:Limits:{nameof(LimitOptions.BytesInFlight)}")!;
            yield return $"{most.Key} is {message}, but {all.Key} is {room}: one message may not have more bytes than all together. "
                + $"Lower {Names(most)}, or raise {Names(all)}.";
        }
    }

    /// <summary>Returns the least number of inserted, removed or replaced characters that make one text the other (Levenshtein).</summary>
    private static int Distance(string first, string second)
    {
        int[] row = [.. Enumerable.Range(0, second.Length + 1)];
        for (int i = 1; i <= first.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= second.Length; j++)
            {
                int replaced = diagonal + (first[i - 1] == second[j - 1] ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1));
            }
        }

        return row[second.Length];
    }
}
