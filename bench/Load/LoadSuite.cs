using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Client;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Spectre.Console;

namespace Codec.Bench.Load;

/// <summary>
/// Measures what one server process bears: throughput of streams and subscribers, latency at half of the peak, memory and start. Client and
/// server share the machine. The pictures are synthetic.
/// </summary>
internal sealed class LoadSuite(IAnsiConsole console, string output, string? modelFile, string? only)
{
    /// <summary>What it measures, in this order.</summary>
    public static readonly string[] Parts = ["footprint", "faces", "pictures", "unary", "fan-out", "churn"];

    private const int Faces = 512;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        string file = modelFile ?? Path.Combine(output, "faces-32.codec");
        if (modelFile is null && !File.Exists(file))
        {
            console.WriteLine("Training faces-32 (--model names a trained one)…");
            await Trainer.RunAsync(console, ["train", "faces", "--output", file], cancellationToken);
        }

        console.WriteLine("A server process on this machine; its client runs here…");
        var figures = new List<Figure>();
        if (Measures("footprint"))
            Add(await Footprint.MeasureAsync(output, file, cancellationToken));
        Raster[] faces = Draw(Faces, 32);
        await using (ServiceProcess service = await ServiceProcess.StartAsync(Path.Combine(output, "service"), cancellationToken))
        using (CodecClient client = service.Connect(new SocketCounter()))
        {
            await LiveModel.PublishAsync(client, ModelPackage.Load(file), cancellationToken);
            using CodecModel model = await client.GetLocalModelAsync("faces-32", withEncoder: true, cancellationToken: cancellationToken);
            using CodecModel photos = await client.GetLocalModelAsync("photos", withEncoder: true, cancellationToken: cancellationToken);
            if (Measures("faces"))
                Add(await EncodeThroughput.MeasureAsync("load.encode_stream_ratio", client, model, faces, cancellationToken));
            if (Measures("pictures"))
                Add(await EncodeThroughput.MeasureAsync("load.encode_stream_ratio_512", client, photos, Draw(16, 512), cancellationToken));
            if (Measures("unary"))
                Add(await UnaryLatency.MeasureAsync(service.Address, faces, cancellationToken));
            if (Measures("fan-out"))
                Add(await FanOut.MeasureAsync(service, model, faces, cancellationToken));
        }

        if (Measures("churn"))
            Add(await Churn.MeasureAsync(output, file, cancellationToken));
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "load.json"), cancellationToken);

        bool Measures(string part) => only is null || only == part;

        void Add(params Figure[] measured)
        {
            foreach (Figure figure in measured)
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figure.Name} {figure.Value:0.###} ({figure.Peer})"));
            figures.AddRange(measured);
        }
    }

    private static Raster[] Draw(int count, int side)
    {
        var source = new SyntheticFaces(count, side, side);
        return [.. Enumerable.Range(0, count).Select(i => source.Draw(i).Image)];
    }
}
