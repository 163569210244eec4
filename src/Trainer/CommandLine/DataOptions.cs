using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary>The options that choose a data set, how it is read, and what is held out.</summary>
internal sealed class DataOptions
{
    // Without --size: that of the article's faces.
    private static readonly ImageSize Standard = new(32, 32);

    // A larger image is cut or scaled only if a person says so.
    private const int LargestSide = 128;

    private readonly string? _standardSource;
    private readonly Option<string?> _path = new("--data")
    {
        Description = "Folder of images, or archive or folder of lfw or mnist; by default the source is searched for.",
    };
    private readonly PartOptions _parts = new();
    private readonly Option<string?> _source = new("--source")
    {
        Description = "lfw, mnist, folder or synthetic. By default what --data is; without it, see the command.",
    };
    private readonly Option<ImageSize?> _size = SizeOption.Create("By default a folder's own, if all its images have one; otherwise 32.");
    private readonly Option<FitRule> _fit = new("--fit")
    {
        Description = "What becomes of a folder's image of another shape: Crop, Pad (with white) or Stretch.",
        DefaultValueFactory = _ => FitRule.Crop,
    };
    private readonly Option<bool> _grey = new("--grey")
    {
        Description = "Make a folder's images grey. By default they are, if all files are.",
    };
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
    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "Stop at an image of a folder that cannot be read, instead of skipping it.",
    };

    /// <summary>Creates the options.</summary>
    /// <param name="source">The source without --data and --source; null: --data or --train is needed.</param>
    public DataOptions(string? source = "lfw")
    {
        _standardSource = source;
        Options.RefuseEmpty(_path);
    }

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_path, _source, _size, _fit, _grey, _margin, _attributes, _images, _strict, .. _parts.All];

    /// <summary>What was skipped when the images were read, each image with its reason.</summary>
    public IReadOnlyList<string> Skipped { get; private set; } = [];

    /// <summary>The size that the command line asks for; null if it asks for none.</summary>
    public ImageSize? SizeOf(ParseResult arguments) => arguments.GetValue(_size);

    /// <summary>The folder that the command line names for all images, or for training; null if it names none.</summary>
    public string? FolderOf(ParseResult arguments) => _parts.TrainOf(arguments) ?? arguments.GetValue(_path);

    /// <summary>The folder of held-out images that the command line names; null if it names none.</summary>
    public string? TestFolderOf(ParseResult arguments) => _parts.TestOf(arguments);

    /// <summary>What the command line keeps together when images are held out.</summary>
    public SplitBy SplitOf(ParseResult arguments) => _parts.SplitOf(arguments);

    /// <summary>The folders of the parts; null if the command line names no folder for training.</summary>
    public PartFolders? PartsOf(ParseResult arguments) => _parts.FoldersOf(arguments, arguments.GetValue(_path));

    /// <summary>Whether the images are a person's own: a folder's.</summary>
    public bool AreOwn(ParseResult arguments) => _parts.TrainOf(arguments) is not null || SourceOf(arguments) == "folder";

    /// <summary>Finds the data set, displays what was found, and reads it.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="display">Displays progress.</param>
    /// <param name="size">The size if the command line asks for none; null for the data's own.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public Dataset Read(ParseResult arguments, StageDisplay display, ImageSize? size, CancellationToken cancellationToken)
    {
        if (PartsOf(arguments) is not { } parts)
            return Read(Find(arguments, display, size, cancellationToken).Source, display, SplitOf(arguments), cancellationToken);

        FolderOptions options = OptionsFor(parts.Train, arguments, size, cancellationToken);
        var sources = new[] { parts.Train, parts.Validation, parts.Test }
            .Select(path => path is null ? null : new FolderSource(path, options))
            .ToArray();
        Dataset images = display.Run(
            $"Images of {sources[0]!.Name}",
            progress => Dataset.Load(sources[0]!, sources[1], sources[2]!, new FractionProgress(progress), cancellationToken)
        );
        Report(display, [.. sources.OfType<FolderSource>().SelectMany(source => source.Skipped)]);
        return images;
    }

    /// <summary>Finds the data set, and displays what was found.</summary>
    public LocatedData Find(ParseResult arguments, StageDisplay display, ImageSize? size, CancellationToken cancellationToken)
    {
        ImageSize square = SizeOf(arguments) ?? size ?? Standard;
        switch (SourceOf(arguments))
        {
            case "synthetic":
                return new LocatedData(
                    new SyntheticFaces(arguments.GetValue(_images), square.Width, square.Height),
                    "Synthetic faces, drawn by this program.",
                    IsSubstitute: false
                );
            case "folder":
                string path = arguments.GetValue(_path) ?? throw new UsageException("--source folder needs --data with the folder's path.");
                return new LocatedData(
                    new FolderSource(path, OptionsFor(path, arguments, size, cancellationToken)),
                    $"Images of {path}.",
                    IsSubstitute: false
                );
            case "lfw":
                return Locate(NamedDataset.Faces, arguments, square, display, cancellationToken);
            case "mnist":
                return Locate(NamedDataset.Digits, arguments, square, display, cancellationToken);
            case null:
                throw new UsageException("--data with a folder of images is needed, or --train and --test.");
            case var other:
                throw new UsageException($"--source is '{other}'; lfw, mnist, folder and synthetic are allowed.");
        }
    }

    /// <summary>Finds the faces of lfw that are not aligned; null if they are not on this machine.</summary>
    public LfwSource? FindRawFaces(ParseResult arguments)
    {
        ImageSize size = SizeOf(arguments) ?? Standard;
        var request = new DataRequest { Crop = new FaceCrop(arguments.GetValue(_margin), size.Width, size.Height) };
        try
        {
            return new DataLocator(http: null).LocateAsync(NamedDataset.RawFaces, request).GetAwaiter().GetResult().Source as LfwSource;
        }
        catch (DatasetException)
        {
            return null;
        }
    }

    /// <summary>Reads a source, and displays what was skipped.</summary>
    public Dataset Read(IDataSource source, StageDisplay display, SplitBy splitBy, CancellationToken cancellationToken)
    {
        Dataset images = display.Run(
            $"Images of {source.Name}",
            progress => Dataset.Load(source, splitBy, new FractionProgress(progress), cancellationToken)
        );
        if (source is FolderSource folder)
            Report(display, folder.Skipped);
        return images;
    }

    /// <summary>Shows the first skipped images, and keeps the list.</summary>
    public void Report(StageDisplay display, IReadOnlyList<string> skipped)
    {
        const int shown = 5;
        Skipped = skipped;
        if (skipped.Count == 0)
            return;
        display.Line($"{skipped.Count:N0} images were skipped (--strict stops at the first):");
        foreach (string reason in skipped.Take(shown))
            display.Line($"  {reason}");
        if (skipped.Count > shown)
            display.Line($"  … and {skipped.Count - shown:N0} more");
    }

    /// <summary>How a folder's files become images of one size.</summary>
    /// <exception cref="DatasetException">Its images have several sizes, and the command line names none.</exception>
    private FolderOptions OptionsFor(string path, ParseResult arguments, ImageSize? size, CancellationToken cancellationToken)
    {
        var options = new FolderOptions { Fit = arguments.GetValue(_fit), Strict = arguments.GetValue(_strict) };
        FolderSurvey survey = new FolderSource(path).Survey(cancellationToken);
        ImageSize? chosen = SizeOf(arguments) ?? size;
        if (chosen is null)
        {
            ImageSize common = survey.Commonest;
            if (survey.Sizes.Count > 1 || Math.Max(common.Width, common.Height) > LargestSide)
            {
                throw new DatasetException(
                    $"The images of {path} have {survey.Sizes.Count:N0} sizes, {survey.Sizes[common]:N0} of {survey.Images:N0} have {common}; set --size (and --fit) for a model of one size of at most {LargestSide}, or train photos."
                );
            }

            chosen = common;
        }

        return options with
        {
            Size = chosen,
            Channels = arguments.GetValue(_grey) ? 1 : survey.Channels,
        };
    }

    private string? SourceOf(ParseResult arguments)
    {
        if (arguments.GetValue(_source) is { } named)
            return named;
        if (arguments.GetValue(_path) is not { } path)
            return _standardSource;
        if (File.Exists(path))
        {
            return path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase)
                ? "lfw"
                : throw new UsageException($"--data {path} is a file; give a folder of images, or the archive of lfw (.tgz).");
        }

        return LfwSource.IsIn(path) || File.Exists(Path.Combine(path, "lfw-deepfunneled.tgz")) ? "lfw"
            : MnistSource.IsIn(path) || MnistSource.IsIn(Path.Combine(path, "mnist")) ? "mnist"
            : "folder";
    }

    private LocatedData Locate(
        NamedDataset dataset,
        ParseResult arguments,
        ImageSize size,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        var request = new DataRequest
        {
            Path = arguments.GetValue(_path),
            Crop = new FaceCrop(arguments.GetValue(_margin), size.Width, size.Height),
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
