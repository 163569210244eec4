using System.CommandLine;
using Codec.CommandLine;
using Codec.Models;

namespace Codec.Trainer.CommandLine;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    /// <summary>Width and height of the images.</summary>
    public static Option<int> Size() => BoundedOption.Create("--size", 32, 4, 128, "Width and height of the images, in pixels.");

    /// <summary>The number of latents.</summary>
    public static Option<int> Code(int standard = 32) =>
        BoundedOption.Create("--code", standard, 1, ModelLimits.MaxLatents, "Code size: the number of latents.");
}
