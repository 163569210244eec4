using System.CommandLine;
using System.Globalization;

namespace Codec.CommandLine;

/// <summary>Creates options whose values have bounds.</summary>
public static class BoundedOption
{
    /// <summary>An integer within bounds, which the description ends with.</summary>
    /// <param name="name">The option's name: <c>--size</c>.</param>
    /// <param name="standard">The default.</param>
    /// <param name="least">The least value.</param>
    /// <param name="most">The greatest value.</param>
    /// <param name="description">What the value means, with its unit, as a sentence.</param>
    public static Option<int> Create(string name, int standard, int least, int most, string description)
    {
        return new Option<int>(name)
        {
            Description = $"{description} {least} to {most}.",
            DefaultValueFactory = _ => standard,
            // Parsed here: a validator cannot read a value that is no number.
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
                if (!isNumber || value < least || value > most)
                    result.AddError($"{name} is {(text.Length == 0 ? "empty" : text)}; {least} to {most} are allowed.");
                return value;
            },
        };
    }

    /// <summary>An integer within bounds that may be left out.</summary>
    /// <inheritdoc cref="Create"/>
    public static Option<int?> Optional(string name, int least, int most, string description) =>
        Optional<int>(name, least, most, description, NumberStyles.AllowLeadingSign);

    /// <summary>A number within bounds that may be left out.</summary>
    /// <inheritdoc cref="Create"/>
    public static Option<double?> OptionalNumber(string name, double least, double most, string description) =>
        Optional<double>(name, least, most, description, NumberStyles.Float);

    private static Option<T?> Optional<T>(string name, T least, T most, string description, NumberStyles styles)
        where T : struct, System.Numerics.INumber<T>
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"{least} to {most}");
        return new Option<T?>(name)
        {
            Description = $"{description} {range}.",
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                // Not a number (NaN) is not within any bounds.
                if (!T.TryParse(text, styles, CultureInfo.InvariantCulture, out T value) || !(value >= least && value <= most))
                    result.AddError($"{name} is {(text.Length == 0 ? "empty" : text)}; {range} are allowed.");
                return value;
            },
        };
    }
}
