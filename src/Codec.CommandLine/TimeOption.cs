using System.CommandLine;
using System.Globalization;

namespace Codec.CommandLine;

/// <summary>Creates options whose value is a time.</summary>
public static class TimeOption
{
    private const string Examples = "12:00:00 is 12 hours, 1.00:00:00 is a day, 30 is 30 days";

    /// <summary>A time that may be left out.</summary>
    /// <param name="name">The option's name: <c>--keep-age</c>.</param>
    /// <param name="description">What the value means, without a full stop; examples follow.</param>
    /// <param name="standard">What happens without the option, as a sentence.</param>
    public static Option<TimeSpan?> Optional(string name, string description, string standard) =>
        new(name)
        {
            HelpName = "DAYS.HH:MM:SS",
            Description = $"{description}: {Examples}. {standard}",
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                // Exact: TimeSpan.Parse reads 24:00:00 as 24 days.
                if (!TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan value))
                    result.AddError($"{name} is '{text}'; write a time as DAYS.HH:MM:SS, below 24 hours after the days: {Examples}.");
                return value;
            },
        };
}
