using System.CommandLine;
using Codec.Models;

namespace Codec.Tool.Offline;

/// <summary>Options that commands on files share.</summary>
internal static class FileOptions
{
    /// <summary>One or more files.</summary>
    public static Argument<string[]> Files(string description) =>
        new("FILE") { Description = description, Arity = ArgumentArity.OneOrMore };

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
}
