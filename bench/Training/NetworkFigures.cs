using System.Globalization;
using System.Text.Json;
using Codec.Bench.Faces;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Datasets;
using Codec.Measurement;
using Codec.Models;
using Codec.Onnx;
using Spectre.Console;

namespace Codec.Bench.Training;

/// <summary>
/// Compares a network that was trained by rate and distortion with the linear codec of the same faces, the trainer's loop with a plain one,
/// and counts the common layers that an import takes.
/// </summary>
/// <param name="console">Receives the progress.</param>
/// <param name="folder">Folder of the models and of what the trainer writes.</param>
internal sealed class NetworkFigures(IAnsiConsole console, string folder)
{
    private const int Decibels = 24;

    /// <summary>Measures the figures.</summary>
    public async Task<IReadOnlyList<Figure>> MeasureAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        return [await ImportAsync(cancellationToken), await EpochAsync(cancellationToken), await NetworkAsync(cancellationToken)];
    }

    private async Task<Figure> ImportAsync(CancellationToken cancellationToken)
    {
        double layers = await ReadAsync("layers", "import_layers", cancellationToken);
        return new Figure("training.import_layers", layers, "layers", "of 22; the bound: 20", layers / 20);
    }

    private async Task<Figure> EpochAsync(CancellationToken cancellationToken)
    {
        double ratio = await ReadAsync("speed", "dense32.epoch_ratio", cancellationToken);
        return new Figure("training.epoch_ratio", ratio, "times", "a plain TorchSharp loop: 1; the bound: 1.1", ratio);
    }

    private async Task<Figure> NetworkAsync(CancellationToken cancellationToken)
    {
        string network = Path.Combine(folder, "rate.codec"),
            linear = Path.Combine(folder, "linear.codec");
        console.WriteLine("Training a network by rate and distortion, and the linear codec at the same PSNRs…");
        string[] targets = [$"{Decibels - 1}", $"{Decibels}", $"{Decibels + 1}"];
        await Trainer.RunAsync(
            console,
            ["train", "rate", "--psnr", targets[1], "--output", Path.Combine(folder, "rate"), "--model", network],
            cancellationToken
        );
        await Trainer.RunAsync(
            console,
            ["train", "faces", "--psnr", .. targets, "--name", "linear", "--output", linear],
            cancellationToken
        );
        ImageSet faces = await TestFaces.LoadAsync(console, cancellationToken);
        (double ours, double theirs) = (BytesAt(network, faces), BytesAt(linear, faces));
        return new Figure(
            "training.conv_rd_vs_linear",
            ours / theirs,
            "times",
            string.Create(CultureInfo.InvariantCulture, $"linear at {Decibels} dB: {theirs:0.00} bytes; the network: {ours:0.00}"),
            ours / theirs
        );
    }

    private static double BytesAt(string file, ImageSet faces)
    {
        using CodecModel model = CodecModel.Load(ModelPackage.Load(file), OnnxNetworkRuntime.Instance);
        var curve = new RateCurve(
            Enumerable
                .Range(0, model.Manifest.Qualities.Count)
                .Select(quality => OurPoint.Measure(model, faces, quality))
                .Select(point => (point.FrameBytes, point.Decibels))
        );
        return curve.Covers(Decibels)
            ? curve.BytesAt(Decibels)
            : throw new BenchException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file} covers {curve.Lowest:0.00} to {curve.Highest:0.00} dB, and not {Decibels}."
                )
            );
    }

    private async Task<double> ReadAsync(string command, string figure, CancellationToken cancellationToken)
    {
        string file = Path.Combine(folder, command + ".json");
        await Trainer.RunAsync(console, [command, "--output", file], cancellationToken);
        using JsonDocument figures = JsonDocument.Parse(await File.ReadAllBytesAsync(file, cancellationToken));
        return figures.RootElement.GetProperty(figure).GetDouble();
    }
}
