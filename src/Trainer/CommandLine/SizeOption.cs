using System.CommandLine;
using System.Globalization;
using Codec.Images;

namespace Codec.Trainer.CommandLine;

/// <summary>The option of the images' size: <c>--size 48</c>, <c>--size 128x96</c>.</summary>
internal static class SizeOption
{
    private const int Least = 4;
    private const int Most = 256;

    /// <summary>Creates the option; its value is null where the command line has none.</summary>
    /// <param name="standard">What the command does without it, as a sentence.</param>
    public static Option<ImageSize?> Create(string standard) =>
        new("--size")
        {
            HelpName = "WIDTHxHEIGHT",
            Description = $"Width and height of the images in pixels, or one number for both; each {Least} to {Most}. {standard}",
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                string[] parts = text.Split(['x', '×']);
                int[] sides =
                [
                    .. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int side) ? side : 0),
                ];
                if (sides.Length is 1 or 2 && sides.All(side => side is >= Least and <= Most))
                    return new ImageSize(sides[0], sides[^1]);
                result.AddError(
                    $"--size is {(text.Length == 0 ? "empty" : text)}; a side such as 48, or 128x96, is needed, each {Least} to {Most}."
                );
                return null;
            },
        };
}
