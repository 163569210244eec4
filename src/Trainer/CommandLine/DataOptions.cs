using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary>The options that choose a data set and how to read it.</summary>
/// <param name="source">The default of --source.</param>
internal sealed class DataOptions(string source = "lfw")
{
    private readonly Option<string?> _path = new("--data") { Description = "Archive or folder of the data set; searched for by default." };
    private readonly Option<string> _source = new("--source")
    {
        Description = "lfw (synthetic faces if it cannot be found), mnist, folder, or synthetic.",
        DefaultValueFactory = _ => source,
    };

    private readonly Option<int> _size = Options.Size();
    private readonly Option<int> _margin = BoundedOption.Create(
        "--margin",
        80,
        0,
        120,
        "Pixels to cut off each side of a photograph of lfw."
    );
    private readonly Option<string?> _attributes = new("--attributes")
    {
        Description = "The attributes file of lfw; only the photographs in it are read.",
    };
    private readonly Option<int> _images = BoundedOption.Create("--images", 6000, 500, 100_000, "How many synthetic faces to draw.");
    private readonly Option<SplitBy> _holdOut = new("--hold-out")
    {
        Description = "What is held out together: an Image, or all images of a Label (in lfw, a person).",
        DefaultValueFactory = _ => SplitBy.Image,
    };
    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "Stop at an image of a folder that cannot be read, instead of skipping it.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_path, _source, _size, _margin, _attributes, _images, _holdOut, _strict];

    /// <summary>Finds the data set, displays what was found, and reads it.</summary>
    public Dataset Read(ParseResult arguments, StageDisplay display, CancellationToken cancellationToken) =>
        Read(Find(arguments, display, cancellationToken).Source, display, arguments.GetValue(_holdOut), cancellationToken);

    /// <summary>Finds the data set, and displays what was found.</summary>
    public LocatedData Find(ParseResult arguments, StageDisplay display, CancellationToken cancellationToken)
    {
        int size = arguments.GetValue(_size);
        switch (arguments.GetValue(_source)!)
        {
            case "synthetic":
                return new LocatedData(
                    new SyntheticFaces(arguments.GetValue(_images), size, size),
                    "Synthetic faces, drawn by this program.",
                    IsSubstitute: false
                );
            case "folder":
                string path =
                    arguments.GetValue(_path) ?? throw new ArgumentException("--source folder needs --data with the folder's path.");
                return new LocatedData(
                    new FolderSource(path, (size, size), arguments.GetValue(_strict)),
                    $"Images of {path}.",
                    IsSubstitute: false
                );
            case "lfw":
                return Locate(NamedDataset.Faces, arguments, display, cancellationToken);
            case "mnist":
                return Locate(NamedDataset.Digits, arguments, display, cancellationToken);
            case var other:
                throw new ArgumentException($"--source is '{other}'; lfw, mnist, folder and synthetic are allowed.");
        }
    }

    /// <summary>Reads a source, and displays how many images were skipped.</summary>
    public static Dataset Read(IDataSource source, StageDisplay display, SplitBy splitBy, CancellationToken cancellationToken)
    {
        Dataset images = display.Run(
            $"Images of {source.Name}",
            progress =>
                Dataset.Load(source, splitBy: splitBy, progress: new FractionProgress(progress), cancellationToken: cancellationToken)
        );
        if (source is FolderSource { Skipped: { Count: > 0 } skipped })
            display.Line($"{skipped.Count} images could not be read and were skipped (--strict stops at the first): {skipped[0]}");
        return images;
    }

    private LocatedData Locate(NamedDataset dataset, ParseResult arguments, StageDisplay display, CancellationToken cancellationToken)
    {
        int size = arguments.GetValue(_size);
        using HttpClient http = DataLocator.CreateHttpClient();
        var request = new DataRequest
        {
            Path = arguments.GetValue(_path),
            Crop = new FaceCrop(arguments.GetValue(_margin), size, size),
            AttributesPath = arguments.GetValue(_attributes),
        };
        LocatedData located = new DataLocator(http)
            .LocateAsync(dataset, request, cancellationToken: cancellationToken)
            .GetAwaiter()
            .GetResult();
        display.Line(located.Notice);
        return located;
    }

    private sealed class FractionProgress(Action<double> report) : IProgress<ReadProgress>
    {
        public void Report(ReadProgress value) => report(value.Fraction);
    }
}
