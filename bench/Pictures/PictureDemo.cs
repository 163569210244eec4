using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Client;
using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Spectre.Console;

namespace Codec.Bench.Pictures;

/// <summary>Streams a user's pictures through a real server and channel with the shipped model: <c>make demo IMAGES=folder</c>.</summary>
internal sealed class PictureDemo(IAnsiConsole console, string folder, int longest, string output)
{
    /// <summary>Longest side in pixels: the samples of a square image of this side fit the server's message limit of 24 MiB.</summary>
    public const int MaxSide = 2800;

    private const string Model = "photos";
    private const string Channel = "pictures";

    /// <summary>Largest number of pictures: enough to compare by eye; the peers would take hours for thousands.</summary>
    private const int MostPictures = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        NetVips.NetVips.Concurrency = 1;
        Step("1/4  Read the pictures");
        IReadOnlyList<LabeledImage> pictures = PictureFolder.Read(console, folder, longest, MostPictures, cancellationToken);
        Raster[] images = [.. pictures.Select(picture => picture.Image)];
        console.WriteLine(Text($"{images.Length} pictures, at most {longest} pixels a side (at most {MostPictures} are used)."));

        Step("2/4  Start a server, which ships the model, and encode them there");
        await using ServiceProcess service = await ServiceProcess.StartAsync(Path.Combine(output, "service"), cancellationToken);
        using CodecClient client = service.Connect(new SocketCounter());
        await WaitForModelAsync(client, cancellationToken);
        // Owned by the client; do not dispose it.
        CodecModel model = await client.GetLocalModelAsync(Model, cancellationToken: cancellationToken);
        int quality = model.Manifest.Qualities.Count / 2;
        var codes = new List<byte[]>();
        foreach (LabeledImage picture in pictures)
        {
            EncodedImage encoded = await client.EncodeAsync(
                ImageSource.FromPixels(picture.Image.Samples, picture.Image.Width, picture.Image.Height),
                Model,
                quality,
                cancellationToken
            );
            codes.Add(encoded.Code.ToArray());
            console.WriteLine(Text($"  {picture.Id}: {picture.Image.Width}×{picture.Image.Height}, {encoded.Code.Length:N0} bytes"));
        }

        Step("3/4  Stream them through a channel, decode them here, compare every symbol");
        StreamFigures stream = await service.StreamAsync(Channel, model, [.. codes], quality, codesPerFrame: 1, cancellationToken);
        Raster[] restored = [.. codes.Select(code => model.Decode(code, quality))];
        console.WriteLine(Text($"{restored.Length} pictures arrived; every symbol equals the producer's."));

        Step("4/4  Measure JPEG, WebP and AVIF at the same PSNR");
        var psnr = new Psnr();
        for (int i = 0; i < images.Length; i++)
            psnr.Add(images[i].Samples, restored[i].Samples);
        var ours = new DemoRow($"{Model}, quality {quality}", codes.Average(code => code.Length), psnr.Decibels) { IsOurs = true };
        DemoTable table = DemoTable.Measure(console, images, images.Length, [ours], psnr.Decibels, [], cancellationToken);
        table.Write(console);
        long download = model.Manifest.DecoderBlobs(ModelManifest.ImageHead).Sum(blob => blob.Size);
        string[] notes =
        [
            Text(
                $"On the socket: {stream.SocketBytes:N0} bytes for {stream.CodeBytes:N0} bytes of codes, {stream.Ratio:0.000} times (HTTP/2 and gRPC framing, both directions)."
            ),
            Text(
                $"The decoder and its tables are {download:N0} bytes, fetched once. A star marks a format whose lowest quality exceeds the target PSNR."
            ),
        ];
        foreach (string note in notes)
            console.WriteLine(note);
        string report = Path.Combine(output, "pictures.html");
        await File.WriteAllTextAsync(report, PictureReport.Render(pictures, codes, restored, table, notes), cancellationToken);
        console.WriteLine($"Report: {report}");
    }

    /// <summary>Waits until the model's alias <c>live</c> is set, which a server with the model file does before it listens.</summary>
    private static async Task WaitForModelAsync(CodecClient client, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await foreach (ModelEvent change in client.WatchModelsAsync(cancellationToken: patience.Token))
            {
                if (change is AliasMoved { Alias: { Model: Model, Name: "live", Version: not null } })
                    return;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException(
                $"The server has no model {Model} after {Patience.TotalSeconds} s; is models/{Model}.codec in the checkout?"
            );
        }
    }

    private void Step(string text) => console.MarkupLine($"\n[bold]{Markup.Escape(text)}[/]");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
