using System.CommandLine;
using Codec.Models;

namespace Codec.Tool.Offline;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    /// <summary>One or more files.</summary>
    public static Argument<string[]> Files(string description) =>
        new("FILE") { Description = description, Arity = ArgumentArity.OneOrMore };

    /// <summary>One or more image files, or folders of them.</summary>
    public static Argument<string[]> Images() => Files($"{ImageFiles.Formats} files, or folders of them.");

    /// <summary>The folder that is written to.</summary>
    public static Option<string> Output() =>
        new("--output", "-o")
        {
            HelpName = "DIR",
            Description = "The folder to write into; created if it does not exist.",
            Required = true,
        };

    /// <summary>Whether to replace files.</summary>
    public static Option<bool> Overwrite() => new("--overwrite") { Description = "Replace files that exist." };

    /// <summary>The head that decodes.</summary>
    public static Option<string> Head() =>
        new("--head")
        {
            Description = "The head to decode with; each head decodes the same code to a different image.",
            DefaultValueFactory = _ => ModelManifest.ImageHead,
        };

    /// <summary>Model files for versions that no shipped model has.</summary>
    public static Option<string[]> Models() =>
        new("--model")
        {
            HelpName = "PATH.codec",
            Description = "A model file, for codes of a version that no shipped model has; may be repeated.",
            DefaultValueFactory = _ => [],
        };

    /// <summary>A model without a server, by name or file.</summary>
    public static Option<string> LocalModel()
    {
        var model = new Option<string>("--model")
        {
            HelpName = "NAME|PATH.codec",
            Description = $"A shipped model ({string.Join(", ", LocalModels.Shipped)}) or a model file.",
            DefaultValueFactory = _ => "photos",
        };
        model.CompletionSources.Add([.. LocalModels.Shipped]);
        return model;
    }

    /// <summary>The quality; null for <see cref="MiddleQuality"/>.</summary>
    public static Option<int?> Quality() =>
        new("--quality", "-q")
        {
            HelpName = "QUALITY",
            Description =
                "0 gives the fewest bytes; the model's last quality gives the best image (photos has 0 to 8). Default: the middle one.",
        };

    /// <summary>The default quality of a model.</summary>
    public static int MiddleQuality(ModelManifest manifest) => manifest.Qualities.Count / 2;

    /// <summary>The effort.</summary>
    public static Option<int> Effort()
    {
        var effort = new Option<int>("--effort")
        {
            HelpName = "EFFORT",
            Description =
                $"How often the encoder looks at what a decoder will show, 0 to {CodecModel.MaxEffort}: fewer bytes at equal SSIMULACRA2. "
                + "Each time takes about 3.5 times as long as an encoding with 0. Models of one size ignore it.",
            DefaultValueFactory = _ => 0,
        };
        effort.Validators.Add(result =>
        {
            // The parser reports what is no number.
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int value) && value is < 0 or > CodecModel.MaxEffort)
                result.AddError($"--effort {value} is out of range; allowed are 0 to {CodecModel.MaxEffort}.");
        });
        return effort;
    }

    /// <summary>How an image is brought to the size of a model that has only one.</summary>
    public static Option<Fit> Fit() =>
        new("--fit")
        {
            HelpName = "exact|cover|stretch",
            Description =
                "How an image is brought to the size of a model that has only one: exact refuses another size, cover scales and crops the middle, stretch scales both sides.",
            DefaultValueFactory = _ => Offline.Fit.Exact,
        };
}
