using System.CommandLine;
using Codec.Models;

namespace Codec.Trainer.CommandLine;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    /// <summary>Width and height of the images.</summary>
    public static Option<int> Size() => Within("--size", 32, 4, 128, "Width and height of the images, in pixels.");

    /// <summary>The number of latents.</summary>
    public static Option<int> Code(int standard = 32) =>
        Within("--code", standard, 1, ModelLimits.MaxLatents, "Code size: the number of latents.");

    /// <summary>A channel of the service.</summary>
    public static Argument<string> Channel() => new("channel") { Description = "The channel; created if it does not exist." };

    /// <summary>An integer within bounds.</summary>
    public static Option<int> Within(string name, int standard, int least, int most, string description)
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
