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
}
