using System.CommandLine;
using Codec.Datasets;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary>The options that say what images to read, and the reading.</summary>
internal sealed class DataOptions
{
    private readonly Option<string?> _path = new("--data") { Description = "Archive or folder of the data set; searched for where left out." };
    private readonly Option<string> _source = new("--source")
    {
        Description = "lfw (synthetic faces where it cannot be had), folder, or synthetic.",
        DefaultValueFactory = _ => "lfw",
    };

    private readonly Option<int> _size = Options.Size();
    private readonly Option<int> _images = Options.Within("--images", 6000, 500, 100_000, "How many synthetic faces to draw.");

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_path, _source, _size, _images];

    /// <summary>Finds the data, says what was found, and reads it.</summary>
    public Dataset Read(ParseResult arguments, StageDisplay display, CancellationToken cancellation)
    {
        int size = arguments.GetValue(_size);
        IImageSource source = arguments.GetValue(_source)! switch
        {
            "synthetic" => new SyntheticFaces(arguments.GetValue(_images), size, size),
            "folder" => new FolderSource(
                arguments.GetValue(_path) ?? throw new ArgumentException("--source folder needs --data with the folder's path."), (size, size)),
            "lfw" => Locate(arguments, size, display, cancellation),
            { } other => throw new ArgumentException($"--source is '{other}'; lfw, folder and synthetic are allowed."),
        };
        return display.Run($"Images of {source.Name}", progress =>
            Dataset.Load(source, progress: new FractionProgress(progress), cancellationToken: cancellation));
    }

    private IImageSource Locate(ParseResult arguments, int size, StageDisplay display, CancellationToken cancellation)
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        var request = new DataRequest { Path = arguments.GetValue(_path), Crop = new FaceCrop(80, size, size) };
        LocatedData located = new DataLocator(http).LocateAsync(NamedDataset.Faces, request, cancellationToken: cancellation).GetAwaiter().GetResult();
        display.Line(located.Notice);
        return located.Source;
    }

    private sealed class FractionProgress(Action<double> report) : IProgress<ReadProgress>
    {
        public void Report(ReadProgress value) => report(value.Fraction);
    }
}
