using System.CommandLine;

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
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any())
                return;
            int value = result.GetValueOrDefault<int>();
            if (value < least || value > most)
                result.AddError($"{name} is {value}; {least} to {most} are allowed.");
        });
        return option;
    }
}
