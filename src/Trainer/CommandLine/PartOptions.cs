using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;

namespace Codec.Trainer.CommandLine;

/// <summary>The options that divide a person's images: a folder for each part, or what is held out of one folder.</summary>
internal sealed class PartOptions
{
    private readonly Option<DirectoryInfo?> _train = Folder("--train", "training images; needs --test, and replaces --data");
    private readonly Option<DirectoryInfo?> _validation = Folder(
        "--validate",
        "images that steer the training; by default those of --test"
    );
    private readonly Option<DirectoryInfo?> _test = Folder("--test", "held-out images");
    private readonly Option<SplitBy> _holdOut = new("--hold-out")
    {
        Description = "What is held out together: an Image, or all images of a Label (in lfw a person, in a folder a subfolder).",
        DefaultValueFactory = _ => SplitBy.Image,
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_train, _validation, _test, _holdOut];

    /// <summary>The folder of training images; null if the command line names none.</summary>
    public string? TrainOf(ParseResult arguments) => arguments.GetValue(_train)?.FullName;

    /// <summary>The folder of held-out images; null if the command line names none.</summary>
    public string? TestOf(ParseResult arguments) => arguments.GetValue(_test)?.FullName;

    /// <summary>What the command line keeps together when images are held out.</summary>
    public SplitBy SplitOf(ParseResult arguments) => arguments.GetValue(_holdOut);

    /// <summary>The folders of the parts; null if the command line names no folder for training.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="whole">The folder of --data; null for none.</param>
    /// <exception cref="UsageException">--train is combined with --data, or a part is missing.</exception>
    public PartFolders? FoldersOf(ParseResult arguments, string? whole)
    {
        if (TrainOf(arguments) is not { } train)
        {
            return arguments.GetValue(_validation) is null
                ? null
                : throw new UsageException("--validate needs --train and --test, each with a folder.");
        }

        if (whole is not null)
            throw new UsageException("--data and --train cannot be combined: give one folder to divide, or a folder for each part.");
        string test = TestOf(arguments) ?? throw new UsageException("--train needs --test with a folder of images to hold out.");
        return new PartFolders(train, arguments.GetValue(_validation)?.FullName, test);
    }

    private static Option<DirectoryInfo?> Folder(string name, string content) => new(name) { Description = $"Folder of {content}." };
}

/// <summary>A folder for each part of a person's images.</summary>
/// <param name="Train">Training images.</param>
/// <param name="Validation">Images that steer the training; null for those of <paramref name="Test"/>.</param>
/// <param name="Test">Held-out images.</param>
internal sealed record PartFolders(string Train, string? Validation, string Test);
