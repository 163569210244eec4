using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Codec.Bench.Peers;
using Codec.Bench.Processes;
using Codec.Datasets;
using Codec.Imaging;
using Spectre.Console;

namespace Codec.Bench.Faces;

/// <summary>The figures of <c>faces-32</c> on the held-out faces, each beside a peer measured in the same run.</summary>
internal sealed class Faces32Suite(IAnsiConsole console, string output, string? modelFile)
{
    private const int SpeedImages = 300;
    private const int SpeedRounds = 9;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>What the plain principal components with ideal static tables need at each point, before any framing.</summary>
    private static readonly (string Name, double Floor)[] Points = [("22.8dB", 7.0), ("27.0dB", 28.8), ("30.4dB", 65.4)];

    public async Task RunAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(output);
        string file = modelFile ?? Path.Combine(output, "faces-32.codec");
        if (modelFile is null)
        {
            console.WriteLine("Training faces-32 (--model takes one that is trained)…");
            await Child.RunAsync("Trainer", "trainer", console, ["train", "faces", "--output", file], cancellation);
        }

        ImageSet faces = await TestFaces.LoadAsync(console, cancellation);
        ModelPackage package = ModelPackage.Load(file);
        using CodecModel model = CodecModel.Load(package);
        OurPoint[] ours = [.. Enumerable.Range(0, Points.Length).Select(quality => OurPoint.Measure(model, faces, quality))];

        var figures = new List<Figure>();
        for (int i = 0; i < Points.Length; i++)
        {
            PeerPoint webp = Peer.Webp.Match(faces, SpeedImages, ours[i].Decibels);
            figures.Add(new Figure(
                $"faces32.bytes@{Points[i].Name}", ours[i].FrameBytes, "bytes", Text($"WebP at {webp.Decibels:0.00} dB: {webp.Bytes:0.0}"), ours[i].FrameBytes / webp.Bytes));
            figures.Add(new Figure(
                $"faces32.psnr@{Points[i].Name}", ours[i].Decibels, "dB", Text($"principal components: {Points[i].Floor:0.0} bytes unframed"), ours[i].FrameBytes / Points[i].Floor));
        }

        console.WriteLine("Training the article's dense network from principal components…");
        string dense = Path.Combine(output, "dense32");
        await Child.RunAsync("Trainer", "trainer", null, ["train", "dense", "--schedule", "Product", "--output", dense], cancellation);
        using (JsonDocument metrics = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(dense, "metrics.json"), cancellation)))
        {
            double mse = metrics.RootElement.GetProperty("test_mse").GetDouble();
            figures.Add(new Figure("dense32.test_mse", mse, "MSE", "the article: 0.0066", mse / 0.0066));
        }

        long download = package.Manifest.GetHead(ModelManifest.ImageHead).Graph.Size + package.Manifest.Prior.Size + package.ManifestBytes.Length;
        figures.Add(new Figure("faces32.download_bytes", download, "bytes", "the bound: 1,500,000", download / 1.5e6));
        await using (FacesService service = await FacesService.StartAsync(Path.Combine(output, "service"), cancellation))
        {
            await Child.RunAsync("Trainer", "trainer", null, ["publish", file, "--server", service.Address.ToString()], cancellation);
            StreamFigures stream = await service.StreamAsync("faces", model, ours[1].Codes, 1, cancellation);
            figures.Add(new Figure("faces32.wire_ratio", stream.Ratio, "times", Text($"codes: {stream.CodeBytes} bytes"), stream.Ratio));
        }

        figures.AddRange(Speed(model, faces, ours[1]));
        Show(figures);
        string json = Path.Combine(output, "faces32.json");
        await File.WriteAllTextAsync(json, JsonSerializer.Serialize(figures, Json), cancellation);
        console.WriteLine(json);
    }

    /// <summary>Rounds of ours and the peer by turns, on one thread; medians.</summary>
    private static IEnumerable<Figure> Speed(CodecModel model, ImageSet faces, OurPoint ours)
    {
        NetVips.NetVips.Concurrency = 1;
        int webpQuality = Peer.Webp.Match(faces, SpeedImages, ours.Decibels).Quality;
        PixelImage[] images = [.. Enumerable.Range(0, SpeedImages).Select(faces.Image)];
        byte[][] files = [.. images.Select(image => ImageFile.EncodeWebp(image, webpQuality))];
        byte[] samples = faces.Samples[..(SpeedImages * faces.ImageLength)];
        byte[] frame = CodeFrame.Write(ours.Quality, [.. ours.Codes.Take(SpeedImages).Select(code => (ReadOnlyMemory<byte>)code)]);

        (double oursDecode, double peerDecode) = Race(
            () => model.DecodeFrame(frame),
            () => Array.ForEach(files, file => ImageFile.Decode(file)));
        (double oursEncode, double peerEncode) = Race(
            () => model.EncodeBatch(samples, ours.Quality),
            () => Array.ForEach(images, image => ImageFile.EncodeWebp(image, webpQuality)));
        yield return new Figure("faces32.decode_vs_webp", peerDecode / oursDecode, "times", Text($"libwebp through Skia {peerDecode:0.0} µs, ours {oursDecode:0.0} µs"), peerDecode / oursDecode);
        yield return new Figure("faces32.encode_vs_webp", peerEncode / oursEncode, "times", Text($"libwebp through Skia {peerEncode:0.0} µs, ours {oursEncode:0.0} µs"), peerEncode / oursEncode);
    }

    /// <summary>Microseconds an image of each, the median of the rounds.</summary>
    private static (double Ours, double Peer) Race(Action ours, Action peer)
    {
        var times = (Ours: new List<double>(), Peer: new List<double>());
        for (int round = 0; round < SpeedRounds + 2; round++)
        {
            times.Ours.Add(Time(ours));
            times.Peer.Add(Time(peer));
        }

        return (Median(times.Ours), Median(times.Peer));

        static double Time(Action action)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / SpeedImages;
        }

        // The first two rounds warm up.
        static double Median(List<double> values) => values.Skip(2).Order().ElementAt(SpeedRounds / 2);
    }

    private void Show(List<Figure> figures)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("figure");
        table.AddColumn("value", column => column.RightAligned()).AddColumn("unit").AddColumn("peer").AddColumn("ratio", column => column.RightAligned());
        foreach (Figure figure in figures)
            table.AddRow(Markup.Escape(figure.Name), Text($"{figure.Value:0.#####}"), figure.Unit, Markup.Escape(figure.Peer), Text($"{figure.Ratio:0.000}"));
        console.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A figure of a benchmark.</summary>
/// <param name="Name">Its name, the same in every run.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Peer">What it is held against.</param>
/// <param name="Ratio">Value against peer.</param>
internal sealed record Figure(string Name, double Value, string Unit, string Peer, double Ratio);
