using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Images;
using Codec.Trainer.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Runs;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer train NETWORK</c>: trains a network with checkpoints, and with --model makes a model from it.</summary>
/// <typeparam name="TNetwork">The network.</typeparam>
internal sealed class NetworkCommand<TNetwork>
    where TNetwork : CodecNetwork
{
    private readonly DataOptions _data;
    private readonly Option<int> _code;
    private readonly Option<int> _seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of weights and shuffling.");
    private readonly Option<int?> _epochs = BoundedOption.Optional(
        "--epochs",
        1,
        100_000,
        "Passes over the training images; the recipe's by default."
    );
    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to train: cpu, or cuda in a trainer that was built for it.",
        DefaultValueFactory = _ => TorchDevice.Cpu,
    };
    private readonly Option<double?> _rate = BoundedOption.OptionalNumber(
        "--learning-rate",
        0,
        1,
        "The optimizer's largest rate; the recipe's by default."
    );
    private readonly Option<DirectoryInfo> _output;
    private readonly Option<bool> _fresh = Options.Fresh();
    private readonly Option<int> _patience = BoundedOption.Create(
        "--patience",
        0,
        0,
        1000,
        "Stop when the validation loss has not fallen for this many epochs, and keep the best epoch's network; 0 trains all epochs."
    );
    private readonly Option<FileInfo?> _model = new("--model")
    {
        Description = "Make a model from the network, and write it to this file.",
    };

    private NetworkCommand(string name, int code, string source)
    {
        _data = new DataOptions(source);
        _code = Options.Code(code);
        _output = new("--output")
        {
            Description = "Folder for the checkpoint and the figures.",
            DefaultValueFactory = _ => new DirectoryInfo($"artifacts/{name}"),
        };
    }

    /// <summary>Builds the command.</summary>
    /// <param name="display">Displays progress.</param>
    /// <param name="name">The network's name on the command line.</param>
    /// <param name="description">The command's description.</param>
    /// <param name="code">The default number of latents.</param>
    /// <param name="source">The default data set.</param>
    /// <param name="plan">Chooses the recipe for a request.</param>
    /// <param name="extra">Further options of this network.</param>
    public static Command Create(
        StageDisplay display,
        string name,
        string description,
        int code,
        string source,
        Func<NetworkRequest, NetworkPlan<TNetwork>> plan,
        params Option[] extra
    )
    {
        var parts = new NetworkCommand<TNetwork>(name, code, source);
        var command = new Command(name, description);
        foreach (
            Option option in new Option[]
            {
                parts._code,
                parts._seed,
                parts._epochs,
                parts._rate,
                parts._device,
                parts._output,
                parts._fresh,
                parts._patience,
                parts._model,
            }
                .Concat(extra)
                .Concat(parts._data.All)
        )
        {
            command.Add(option);
        }

        return command.Does(display, (arguments, _, cancellationToken) => parts.Run(name, arguments, display, plan, cancellationToken));
    }

    private void Run(
        string name,
        ParseResult arguments,
        StageDisplay display,
        Func<NetworkRequest, NetworkPlan<TNetwork>> plan,
        CancellationToken cancellationToken
    )
    {
        Dataset images = _data.Read(arguments, display, size: null, cancellationToken);
        int seed = arguments.GetValue(_seed);
        NetworkPlan<TNetwork> chosen = plan(
            new NetworkRequest(
                arguments,
                images,
                Drawn: !_data.AreOwn(arguments) && images.Rule.Kind is SplitKind.Hash,
                arguments.GetValue(_code),
                seed,
                arguments.GetValue(_epochs),
                arguments.GetValue(_device)!,
                arguments.GetValue(_rate),
                arguments.GetValue(_patience),
                cancellationToken
            )
        );
        DirectoryInfo folder = arguments.GetValue(_output)!;
        folder.Create();
        var checkpoint = new Checkpoint(Path.Combine(folder.FullName, "checkpoint"));
        if (arguments.GetValue(_fresh))
            checkpoint.Delete();
        using NetworkTraining<TNetwork> training = chosen.Prepare(checkpoint);
        if (checkpoint.Exists)
        {
            training.Resume();
            display.Line($"Resumes after epoch {training.History.Count} ({checkpoint.Path}; --fresh starts again).");
        }

        var record = new RunRecord(folder.FullName, display);
        record.Begin(arguments);
        record.Skipped(_data.Skipped);
        var curves = new RunCurves(folder.FullName, fresh: training.History.Count == 0);
        long start = Stopwatch.GetTimestamp();
        training.Run(
            epoch =>
            {
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                start = Stopwatch.GetTimestamp();
                curves.Add(epoch, elapsed.TotalSeconds);
                TimeSpan left = elapsed * (training.Epochs - epoch.Epoch);
                display.Line(
                    string.Create(CultureInfo.InvariantCulture, $"{epoch}, {elapsed.TotalSeconds:0.0} s, {left:h\\:mm\\:ss} left")
                );
            },
            cancellationToken
        );
        if (training.StoppedEarly)
        {
            display.Line(
                $"Stopped early: the validation loss has not fallen for {arguments.GetValue(_patience)} epochs; the best epoch's network is kept."
            );
        }

        File.WriteAllText(
            Path.Combine(folder.FullName, "metrics.json"),
            JsonSerializer.Serialize(
                new Dictionary<string, double> { [$"validation_{training.Measure}"] = training.History[^1].ValidationLoss }
            )
        );
        if (arguments.GetValue(_model) is not { } file)
        {
            record.End(package: null);
            return;
        }

        TorchThreads.SetStandard();
        using torch.Tensor targets = chosen.Targets(training.Network.Input);
        using torch.Tensor inputs = chosen.Noise > 0 ? Reconstruction.Noisy(targets, chosen.Noise) : targets.alias();
        ModelPackage package = new NetworkModel(display) { Decibels = chosen.Decibels }.Create(
            $"{name}-{training.Network.Latents}",
            training.Network,
            inputs,
            targets,
            seed,
            NetworkModel.Provenance(chosen.Images, seed, name),
            cancellationToken
        );
        // A denoiser's bytes go to what the noise left of the image: clean images do not measure it.
        IReadOnlyList<Raster> heldOut = chosen.Noise > 0 ? [] : HeldOutImages.Some(chosen.Images.Test, EvaluateCommand.StandardCount);
        if (heldOut.Count > 0 && QualityFigures.Fault(EvaluateCommand.Measure(package, heldOut, cancellationToken)) is { } fault)
        {
            throw new TrainingStoppedException(
                $"No model was written, for more bytes do not give better images: {fault}. Train longer, or with more latents."
            );
        }

        record.End(TrainCommand.Save(display, package, file, heldOut, cancellationToken));
    }
}

/// <summary>A request to train a network.</summary>
/// <param name="Arguments">The command line, for the network's further options.</param>
/// <param name="Images">Training and held-out images.</param>
/// <param name="Drawn">Whether the images are synthetic faces.</param>
/// <param name="Code">The number of latents.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Epochs">Null for the recipe's.</param>
/// <param name="Device">Where it is trained.</param>
/// <param name="LearningRate">Null for the recipe's.</param>
/// <param name="Patience">See <see cref="TrainingOptions.Patience"/>.</param>
/// <param name="CancellationToken">Stops the preparation of a plan.</param>
internal sealed record NetworkRequest(
    ParseResult Arguments,
    Dataset Images,
    bool Drawn,
    int Code,
    int Seed,
    int? Epochs,
    string Device,
    double? LearningRate,
    int Patience,
    CancellationToken CancellationToken
)
{
    /// <summary>A recipe's options with the request's epochs and rate.</summary>
    public TrainingOptions Adjust(TrainingOptions options) =>
        options with
        {
            Epochs = Epochs ?? options.Epochs,
            Device = Device,
            LearningRate = LearningRate ?? options.LearningRate,
            Patience = Patience,
        };
}

/// <summary>How a network is trained, and what its model is fitted to.</summary>
/// <param name="Images">Training and held-out images.</param>
/// <param name="Prepare">Prepares the run.</param>
/// <param name="Noise">Deviation of the noise on the model's input images, for samples that span 1.</param>
internal sealed record NetworkPlan<TNetwork>(Dataset Images, Func<Checkpoint, NetworkTraining<TNetwork>> Prepare, double Noise = 0)
    where TNetwork : CodecNetwork
{
    /// <summary>The PSNR of each of the model's qualities on training images; null to choose them by the network's own error.</summary>
    public IReadOnlyList<double>? Decibels { get; init; }

    /// <summary>
    /// Computes the images that the image head should restore: [N, D], owned by the caller. By default as many training images as a fit
    /// needs.
    /// </summary>
    public Func<ImageGeometry, torch.Tensor> Targets { get; init; } =
        input => Images.Train.ToTensor(Images.Train.Spread(NetworkModel.FitImages), input.Scale, input.Offset);
}
