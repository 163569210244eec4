using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Codec.Datasets;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Models;

namespace Codec.Trainer.Runs;

/// <summary>
/// The folder of a run: <c>run.json</c> (options, versions, data, model, verdict), <c>stages.csv</c> (time of each stage),
/// <c>skipped.txt</c> (images that were not read, each with its reason), and the model. Until the run has ended, what is known of it is in
/// <c>run.unfinished.json</c>, so that <c>run.json</c> always describes the model beside it.
/// </summary>
internal sealed class RunRecord
{
    /// <summary>The name of the file that describes a run, and that --config reads.</summary>
    public const string FileName = "run.json";

    private const string UnfinishedName = "run.unfinished.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder;
    private readonly StageDisplay _display;
    private RunDescription _description = new();

    /// <summary>Opens the folder, or creates it.</summary>
    public RunRecord(string folder, StageDisplay display)
    {
        (_folder, _display) = (folder, display);
        Directory.CreateDirectory(folder);
    }

    /// <summary>The path of a file of the run.</summary>
    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>Refuses to replace a model that another command line trained; the same one may run again.</summary>
    /// <exception cref="ArgumentException">The folder has such a model.</exception>
    public void RequireOwn(FileInfo model, ParseResult arguments)
    {
        if (!model.Exists || Trained().SequenceEqual(ArgumentsOf(arguments)))
            return;

        throw new ArgumentException(
            $"{model.FullName} is the model of another run. Choose another --name or --output, or replace it by --fresh."
        );

        IEnumerable<string> Trained() => System.IO.File.Exists(File(FileName)) ? ConfigFile.Read(File(FileName)) : [];
    }

    /// <summary>Writes what is known before the training.</summary>
    public void Begin(ParseResult arguments, FolderSurvey? survey = null)
    {
        _description = new RunDescription
        {
            Arguments = ArgumentsOf(arguments),
            Trainer = ModelCard.Version,
            Torch = TorchSharp.torch.__version__,
            Machine = string.Create(
                CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}"
            ),
            Images = survey?.Images,
            Sizes = survey?.Sizes.OrderByDescending(size => size.Value).Take(10).ToDictionary(size => $"{size.Key}", size => size.Value),
        };
        Write(UnfinishedName);
    }

    /// <summary>Lists the images that were not read.</summary>
    public void Skipped(IReadOnlyList<string> skipped) => System.IO.File.WriteAllLines(File("skipped.txt"), skipped);

    /// <summary>Writes what the run gave.</summary>
    /// <param name="package">The model; null if the run made none.</param>
    /// <param name="verdict">Whether it pays; null if it was not compared.</param>
    public void End(ModelPackage? package, string? verdict = null)
    {
        _description = _description with
        {
            Model = package?.Manifest.Name,
            Version = package?.Version.Hex,
            Card = package?.Manifest.Provenance,
            Verdict = verdict,
            PeakBytes = Process.GetCurrentProcess().PeakWorkingSet64,
        };
        Write(UnfinishedName);
        System.IO.File.Move(File(UnfinishedName), File(FileName), overwrite: true);
        System.IO.File.WriteAllLines(
            File("stages.csv"),
            [
                "stage,seconds",
                .. _display.Stages.Select(stage => string.Create(CultureInfo.InvariantCulture, $"\"{stage.Name}\",{stage.Seconds:0.0}")),
            ]
        );
        _display.Line($"{_folder}: the record of the run");
    }

    // --fresh is how a run begins, not what it trains.
    private static string[] ArgumentsOf(ParseResult arguments) =>
        [.. arguments.Tokens.Select(token => token.Value).Where(value => value != ConfigFile.FreshOption)];

    private void Write(string name) => System.IO.File.WriteAllBytes(File(name), JsonSerializer.SerializeToUtf8Bytes(_description, Json));
}

/// <summary>The content of <c>run.json</c>.</summary>
internal sealed record RunDescription
{
    /// <summary>The command line; --config runs it again.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Version and git revision of the trainer.</summary>
    public string? Trainer { get; init; }

    /// <summary>Version of libtorch.</summary>
    public string? Torch { get; init; }

    /// <summary>Cores, operating system and runtime.</summary>
    public string? Machine { get; init; }

    /// <summary>Number of images in the folder.</summary>
    public int? Images { get; init; }

    /// <summary>The most frequent sizes.</summary>
    public IReadOnlyDictionary<string, int>? Sizes { get; init; }

    /// <summary>The model's name.</summary>
    public string? Model { get; init; }

    /// <summary>The model's version.</summary>
    public string? Version { get; init; }

    /// <summary>The model's card: data, split, figures.</summary>
    public IReadOnlyDictionary<string, string>? Card { get; init; }

    /// <summary>Whether the model pays.</summary>
    public string? Verdict { get; init; }

    /// <summary>The largest memory of the process, in bytes.</summary>
    public long? PeakBytes { get; init; }
}
