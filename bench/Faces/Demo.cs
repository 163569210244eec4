using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Datasets;
using Codec.Models;
using Spectre.Console;

namespace Codec.Bench.Faces;

/// <summary>Runs the whole chain from training to decoded pictures: <c>make demo</c>.</summary>
internal sealed class Demo(IAnsiConsole console, string output)
{
    /// <summary>The quality that is streamed: about 27 dB.</summary>
    private const int StreamQuality = 1;

    private const int PeerImages = 300;
    private const int AvifImages = 60;

    private static readonly int[] CurveQualities = [1, 20, 50, 80];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        string file = Path.Combine(output, "faces-32.codec");
        Step("1/5  Train faces-32");
        await Trainer.RunAsync(console, ["train", "faces", "--output", file], cancellationToken);

        Step("2/5  Start a server and publish the model");
        await using ServiceProcess service = await ServiceProcess.StartAsync(Path.Combine(output, "service"), cancellationToken);
        await Trainer.RunAsync(console, ["publish", file, "--server", service.Address.ToString()], cancellationToken);

        Step("3/5  Encode the held-out faces");
        ImageSet faces = await TestFaces.LoadAsync(console, cancellationToken);
        ModelPackage package = ModelPackage.Load(file);
        using CodecModel model = CodecModel.Load(package);
        OurPoint[] ours =
        [
            .. Enumerable.Range(0, package.Manifest.Qualities.Count).Select(quality => OurPoint.Measure(model, faces, quality)),
        ];

        Step("4/5  Stream them through a channel, decode them here, compare every symbol");
        StreamFigures stream = await service.StreamAsync(
            "faces",
            model,
            ours[StreamQuality].Codes,
            StreamQuality,
            OurPoint.CodesPerFrame,
            cancellationToken
        );
        console.WriteLine($"{faces.Count} faces arrived; every symbol equals the producer's.");

        Step("5/5  Measure JPEG, WebP and AVIF on the same faces");
        DemoTable table = DemoTable.Measure(
            console,
            [.. Enumerable.Range(0, PeerImages).Select(faces.Image)],
            AvifImages,
            [
                .. ours.Select(point => new DemoRow($"faces-32, quality {point.Quality}", point.FrameBytes, point.Decibels)
                {
                    IsOurs = true,
                }),
            ],
            ours[StreamQuality].Decibels,
            CurveQualities,
            cancellationToken
        );
        table.Write(console);
        long download = package.Manifest.DecoderBlobs(ModelManifest.ImageHead).Sum(blob => blob.Size) + package.ManifestBytes.Length;
        double payback = download / (table.Webp.Bytes - ours[StreamQuality].FrameBytes);
        string[] notes =
        [
            Text(
                $"On the socket: {stream.SocketBytes:N0} bytes for {stream.CodeBytes:N0} bytes of codes at quality {StreamQuality}, {stream.Ratio:0.000} times (HTTP/2 and gRPC framing, both directions)."
            ),
            Text(
                $"The decoder and its tables are {download:N0} bytes, fetched once: amortized against WebP after {Math.Ceiling(payback):N0} images."
            ),
            Text(
                $"Peers on {PeerImages} of the faces (AVIF on {AvifImages}); a star marks a format whose lowest quality exceeds the target PSNR."
            ),
        ];
        foreach (string note in notes)
            console.WriteLine(note);

        string report = Path.Combine(output, "report.html");
        await File.WriteAllTextAsync(report, DemoReport.Render(model, faces, ours, table, notes), cancellationToken);
        console.WriteLine($"Report: {report}");
    }

    private void Step(string text) => console.MarkupLine($"\n[bold]{Markup.Escape(text)}[/]");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
