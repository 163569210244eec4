using System.Text.Json;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;

namespace Codec.Trainer.Article;

/// <summary>
/// The resources that the article's experiments share: the faces, the folder of results, and trainings that resume where an earlier run
/// stopped.
/// </summary>
internal sealed class Workshop : IDisposable
{
    /// <summary>The number of faces in a row of a picture.</summary>
    public const int Shown = 5;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Lazy<PrincipalComponents> _components;
    private readonly Lazy<torch.Tensor> _train;
    private readonly Lazy<torch.Tensor> _test;
    private WorkTime? _time;

    /// <summary>Opens the folder, or creates it.</summary>
    /// <param name="folder">The folder of checkpoints, results, pictures and models.</param>
    /// <param name="faces">Training and held-out faces.</param>
    /// <param name="attributes">The photographs that have attributes; null if none have.</param>
    /// <param name="raw">The faces as the article used them, not aligned; null if they are not on this machine.</param>
    /// <param name="seed">The seed of everything random.</param>
    /// <param name="display">Displays progress.</param>
    public Workshop(string folder, Dataset faces, LfwSource? attributes, LfwSource? raw, int seed, StageDisplay display)
    {
        foreach (string part in new[] { "", "checkpoints", "sections", "models" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        (Folder, Faces, Attributes, Raw, Seed, Display) = (folder, faces, attributes, raw, seed, display);
        Geometry = DenseRecipe.Geometry(faces.Train);
        int most = Math.Min(1000, Math.Min(faces.Train.ImageLength, faces.Train.Count - 1));
        _components = new(() =>
            Display.Run(
                "Principal components",
                _ =>
                {
                    TorchThreads.SetStandard();
                    return PrincipalComponents.Fit(Faces.Train, most, mirrored: false);
                }
            )
        );
        // Detached: the tensors outlive the dispose scope of the experiment that needs them first.
        _train = new(() => Faces.Train.ToTensor(Geometry.Scale, Geometry.Offset).DetachFromDisposeScope());
        _test = new(() => Faces.Test.ToTensor(Geometry.Scale, Geometry.Offset).DetachFromDisposeScope());
    }

    /// <summary>The folder of checkpoints, results, pictures and models.</summary>
    public string Folder { get; }

    /// <summary>The faces.</summary>
    public Dataset Faces { get; }

    /// <summary>The photographs that have attributes; null if none have.</summary>
    public LfwSource? Attributes { get; }

    /// <summary>The faces as the article used them, not aligned; null if they are not on this machine.</summary>
    public LfwSource? Raw { get; }

    /// <summary>The seed of everything random.</summary>
    public int Seed { get; }

    /// <summary>Displays progress.</summary>
    public StageDisplay Display { get; }

    /// <summary>Shape and scaling of the faces.</summary>
    public ImageGeometry Geometry { get; }

    /// <summary>The principal components of the training faces: 1,000, or as many as the faces allow.</summary>
    public PrincipalComponents Components => _components.Value;

    /// <summary>The training faces, scaled: [N, D].</summary>
    public torch.Tensor Train => _train.Value;

    /// <summary>The held-out faces, scaled: [N, D].</summary>
    public torch.Tensor Test => _test.Value;

    /// <summary>The first faces of a set as pictures.</summary>
    /// <param name="faces">[N, D], scaled.</param>
    public Raster[] FirstOf(torch.Tensor faces) => faces.narrow(0, 0, Shown).ToImages(Geometry);

    /// <summary>Creates a sheet whose first row shows the first held-out faces.</summary>
    public ContactSheet SheetOfOriginals()
    {
        var sheet = new ContactSheet();
        sheet.AddRow("original", FirstOf(Test));
        return sheet;
    }

    /// <summary>The PSNR of processed held-out faces, neither rounded nor clipped.</summary>
    /// <param name="faces">[N, D], scaled: all held-out faces, noisy or restored.</param>
    public double Decibels(torch.Tensor faces) => Fidelity.Decibels(faces, Test, Geometry);

    /// <summary>Starts to measure the time of an experiment; the time of earlier runs of the same faces and seed counts too.</summary>
    public WorkTime Start(Experiment experiment) =>
        _time = new WorkTime(
            Path.Combine(Folder, "sections", $"{experiment.Name}-{Faces.Digest.Hex[..16]}-{Seed}.seconds"),
            TimeProvider.System
        );

    /// <summary>Trains a network. A run of the same recipe that was stopped is resumed; one that is complete is only loaded.</summary>
    /// <param name="name">The name of its checkpoint.</param>
    /// <param name="prepare">Prepares the run.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <returns>The complete run, its network in evaluation mode; owned by the caller.</returns>
    public NetworkTraining<TNetwork> Learn<TNetwork>(
        string name,
        Func<Checkpoint, NetworkTraining<TNetwork>> prepare,
        CancellationToken cancellationToken
    )
        where TNetwork : torch.nn.Module
    {
        var checkpoint = new Checkpoint(Path.Combine(Folder, "checkpoints", name));
        NetworkTraining<TNetwork> training = prepare(checkpoint);
        try
        {
            if (checkpoint.Exists && !training.TryResume())
            {
                Display.Line($"{name}: the checkpoint belongs to another run; training starts again.");
                training.Dispose();
                training = prepare(checkpoint);
            }

            if (training.History.Count > 0)
                Display.Line($"{name}: resumes after epoch {training.History.Count}");
            training.Run(
                epoch =>
                {
                    Display.Line($"{name}, {epoch}");
                    _time?.Keep();
                },
                cancellationToken
            );
            training.Network.eval();
            return training;
        }
        catch
        {
            training.Dispose();
            throw;
        }
    }

    /// <summary>Makes a model from a network for the faces and writes it, unless its file is of the same data and seed.</summary>
    /// <returns>The file, relative to the folder.</returns>
    public string Publishable(
        string name,
        CodecNetwork network,
        torch.Tensor inputs,
        torch.Tensor targets,
        string how,
        CancellationToken cancellationToken
    ) => Publishable(name, Faces, network, inputs, targets, how, cancellationToken);

    /// <summary>Makes a model from a network and writes it, unless its file is of the same data and seed.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="data">Its training data.</param>
    /// <param name="network">The network.</param>
    /// <param name="inputs">See <see cref="NetworkModel.Create"/>.</param>
    /// <param name="targets">See <see cref="NetworkModel.Create"/>.</param>
    /// <param name="how">The network in a few words, for the provenance.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>The file, relative to the folder.</returns>
    public string Publishable(
        string name,
        Dataset data,
        CodecNetwork network,
        torch.Tensor inputs,
        torch.Tensor targets,
        string how,
        CancellationToken cancellationToken
    )
    {
        string file = Path.Combine("models", name + ".codec");
        string path = Path.Combine(Folder, file);
        if (File.Exists(path) && IsOf(ModelPackage.Load(path).Manifest.Provenance, data))
            return file;
        TorchThreads.SetStandard();
        new NetworkModel(Display)
            .Create(name, network, inputs, targets, Seed, NetworkModel.Provenance(data, Seed, how), cancellationToken)
            .Save(path);
        return file;
    }

    /// <summary>Whether a model was made from this data with this seed: an earlier run may have had others.</summary>
    private bool IsOf(IReadOnlyDictionary<string, string> card, Dataset data) =>
        card.GetValueOrDefault(ModelCard.Data) == data.Digest.Hex && card.GetValueOrDefault(ModelCard.Seed) == $"{Seed}";

    /// <summary>Writes a sheet of pictures.</summary>
    public Illustration Picture(string name, ContactSheet sheet, string caption)
    {
        File.WriteAllBytes(Path.Combine(Folder, name + ".png"), sheet.ToPng());
        return new Illustration(name + ".png", caption);
    }

    /// <summary>Writes a plot.</summary>
    public Illustration Plot(string name, byte[] png, string caption)
    {
        File.WriteAllBytes(Path.Combine(Folder, name + ".png"), png);
        return new Illustration(name + ".png", caption, IsPlot: true);
    }

    /// <summary>Returns the section that an earlier run completed with the same faces and seed; null if there is none.</summary>
    public Section? Completed(Experiment experiment)
    {
        string path = SectionPath(experiment);
        if (!File.Exists(path))
            return null;
        CompletedSection? kept = JsonSerializer.Deserialize<CompletedSection>(File.ReadAllBytes(path), Json);
        return kept is not null && kept.Data == Faces.Digest.Hex && kept.Seed == Seed ? kept.Section : null;
    }

    /// <summary>Writes a section for later runs; the file is renamed to its final name when it is complete.</summary>
    public void Keep(Experiment experiment, Section section)
    {
        string path = SectionPath(experiment),
            unfinished = path + ".tmp";
        File.WriteAllBytes(
            unfinished,
            JsonSerializer.SerializeToUtf8Bytes(new CompletedSection(Faces.Name, Faces.Digest.Hex, Seed, section), Json)
        );
        File.Move(unfinished, path, overwrite: true);
    }

    public void Dispose()
    {
        if (_train.IsValueCreated)
            _train.Value.Dispose();
        if (_test.IsValueCreated)
            _test.Value.Dispose();
    }

    private string SectionPath(Experiment experiment) => Path.Combine(Folder, "sections", experiment.Name + ".json");

    private sealed record CompletedSection(string Faces, string Data, int Seed, Section Section);
}
