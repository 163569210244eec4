using System.Globalization;
using System.Text.Json;
using Codec.Bench.Peers;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Datasets;
using Codec.Frames;
using Codec.Images;
using Codec.Measurement;
using Codec.Models;
using Spectre.Console;

namespace Codec.Bench.Faces;

/// <summary>Measures <c>faces-32</c> on the held-out faces, and a peer for each figure in the same run.</summary>
internal sealed class Faces32Suite(IAnsiConsole console, string output, string? modelFile)
{
    private const int SpeedImages = 300;

    /// <summary>Bytes that principal components with ideal static tables need at each point, without framing.</summary>
    private static readonly (string Name, double Floor)[] Points = [("22.8dB", 7.0), ("27.0dB", 28.8), ("30.4dB", 65.4)];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        string file = modelFile ?? Path.Combine(output, "faces-32.codec");
        if (modelFile is null)
        {
            console.WriteLine("Training faces-32 (--model names a trained one)…");
            await Trainer.RunAsync(console, ["train", "faces", "--output", file], cancellationToken);
        }

        ImageSet faces = await TestFaces.LoadAsync(console, cancellationToken);
        ModelPackage package = ModelPackage.Load(file);
        using CodecModel model = CodecModel.Load(package);
        OurPoint[] ours = [.. Enumerable.Range(0, Points.Length).Select(quality => OurPoint.Measure(model, faces, quality))];

        Raster[] sample = [.. Enumerable.Range(0, SpeedImages).Select(faces.Image)];
        var figures = new List<Figure>();
        for (int i = 0; i < Points.Length; i++)
        {
            RatePoint webp = RatePoint.Match(Peer.Webp, sample, ours[i].Decibels);
            figures.Add(
                new Figure(
                    $"faces32.bytes@{Points[i].Name}",
                    ours[i].FrameBytes,
                    "bytes",
                    Text($"WebP at {webp.Decibels:0.00} dB: {webp.Bytes:0.0}"),
                    ours[i].FrameBytes / webp.Bytes
                )
            );
            figures.Add(
                new Figure(
                    $"faces32.psnr@{Points[i].Name}",
                    ours[i].Decibels,
                    "dB",
                    Text($"principal components: {Points[i].Floor:0.0} bytes unframed"),
                    ours[i].FrameBytes / Points[i].Floor
                )
            );
        }

        console.WriteLine("Training the article's dense network from principal components…");
        string dense = Path.Combine(output, "dense32");
        await Trainer.RunAsync(null, ["train", "dense", "--schedule", "Product", "--output", dense], cancellationToken);
        using (
            JsonDocument metrics = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(dense, "metrics.json"), cancellationToken))
        )
        {
            double mse = metrics.RootElement.GetProperty("validation_mse").GetDouble();
            figures.Add(new Figure("dense32.test_mse", mse, "MSE", "the article: 0.0066", mse / 0.0066));
        }

        long download = package.Manifest.DecoderBlobs(ModelManifest.ImageHead).Sum(blob => blob.Size) + package.ManifestBytes.Length;
        figures.Add(new Figure("faces32.download_bytes", download, "bytes", "the bound: 1,500,000", download / 1.5e6));
        await using (ServiceProcess service = await ServiceProcess.StartAsync(Path.Combine(output, "service"), cancellationToken))
        {
            await Trainer.RunAsync(null, ["publish", file, "--server", service.Address.ToString()], cancellationToken);
            StreamFigures stream = await service.StreamAsync("faces", model, ours[1].Codes, 1, OurPoint.CodesPerFrame, cancellationToken);
            figures.Add(new Figure("faces32.wire_ratio", stream.Ratio, "times", Text($"codes: {stream.CodeBytes} bytes"), stream.Ratio));
        }

        if (LibWebp.IsInstalled)
            figures.AddRange(Speed(model, sample, ours[1]));
        else
            console.WriteLine("No figures of speed: libwebp.so.7 is not installed (Debian: apt install libwebp7).");
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "faces32.json"), cancellationToken);
    }

    /// <summary>Times our codec and libwebp alternately, each on one thread.</summary>
    private static IEnumerable<Figure> Speed(CodecModel model, Raster[] faces, OurPoint ours)
    {
        int webpQuality = RatePoint.Match(Peer.Webp, faces, ours.Decibels).Quality;
        byte[][] files = [.. faces.Select(Webp)];
        byte[] samples = [.. faces.SelectMany(face => face.Samples)];
        byte[] frame = CodeFrame.Write(ours.Quality, [.. ours.Codes.Take(faces.Length).Select(code => (ReadOnlyMemory<byte>)code)]);

        yield return Against(
            "faces32.decode_vs_webp",
            Race.Run(
                faces.Length,
                () => model.DecodeFrame(frame),
                () => Array.ForEach(files, file => LibWebp.Decode(file, faces[0].Width, faces[0].Height))
            )
        );
        yield return Against(
            "faces32.encode_vs_webp",
            Race.Run(faces.Length, () => model.EncodeBatch(samples, ours.Quality), () => Array.ForEach(faces, face => Webp(face)))
        );

        byte[] Webp(Raster face) => LibWebp.Encode(face.Samples, face.Width, face.Height, webpQuality);

        static Figure Against(string name, Race race) =>
            new(name, race.TimesFaster, "times", Text($"libwebp, method 4: {race.Peer:0.0} µs; ours {race.Ours:0.0} µs"), race.TimesFaster);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
