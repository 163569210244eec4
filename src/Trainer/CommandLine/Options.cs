using System.CommandLine;
using Codec.CommandLine;
using Codec.Models;
using Codec.Trainer.Runs;

namespace Codec.Trainer.CommandLine;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    /// <summary>Whether a training starts again: by default every training resumes from its checkpoint.</summary>
    public static Option<bool> Fresh() =>
        new(ConfigFile.FreshOption)
        {
            Description = "Start again, instead of resuming from the checkpoint of an earlier run of this command.",
        };

    /// <summary>Refuses an empty path: as a folder it would be the one that the program runs in.</summary>
    public static void RefuseEmpty(Option<string?> path) =>
        path.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
                result.AddError($"{path.Name} is empty; name a folder, or leave it out.");
        });

    /// <summary>The number of latents.</summary>
    public static Option<int> Code(int standard = 32) =>
        BoundedOption.Create("--code", standard, 1, ModelLimits.MaxLatents, "Code size: the number of latents.");
}
