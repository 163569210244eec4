using System.Globalization;
using System.Text.Json;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Datasets;
using Codec.Images;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Training;

/// <summary>
/// Trains on a folder of avatars as a company would, and compares the model with the shipped one; and measures the memory of a training on
/// 200,000 images; and what trained and imported networks are worth.
/// </summary>
/// <param name="console">Receives the figures.</param>
/// <param name="output">Folder of the figures, the images that are made, and the runs.</param>
/// <param name="shipped">The shipped model of photographs.</param>
internal sealed class TrainingSuite(IAnsiConsole console, string output, string shipped)
{
    private const double Decibels = 27;
    private const int Judged = 500;
    private const int Many = 200_000;
    private const long MostBytes = 3L << 30;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string folder = Path.Combine(output, "training");
        List<Figure> figures = [];
        if (await AvatarsAsync(Path.Combine(folder, "avatars"), cancellationToken) is { } avatars)
            figures.Add(avatars);
        figures.AddRange(await new NetworkFigures(console, folder).MeasureAsync(cancellationToken));
        figures.Add(await ManyAsync(Path.Combine(folder, "many"), cancellationToken));
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "training.json"), cancellationToken);
    }

    private async Task<Figure?> AvatarsAsync(string folder, CancellationToken cancellationToken)
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        LocatedData located = await new DataLocator(http).LocateAsync(NamedDataset.Faces, cancellationToken: cancellationToken);
        console.WriteLine(located.Notice);
        if (located.Source is not LfwSource lfw)
        {
            console.WriteLine("No training.avatars_vs_photos: it needs photographs of people.");
            return null;
        }

        AvatarFolder.Write(lfw, folder, cancellationToken);
        string run = Path.Combine(folder, "run");
        string[] parts = ["--train", In("train"), "--validate", In("validate"), "--test", In("test")];
        await Trainer.RunAsync(console, ["train", .. parts, "--name", "avatars", "--output", run], cancellationToken);
        Raster[] heldOut = [.. new FolderSource(In("test")).Read(null, cancellationToken).Take(Judged).Select(avatar => avatar.Image)];
        (double own, double ofShipped) = (BytesAt(Path.Combine(run, "avatars.codec"), heldOut), BytesAt(shipped, heldOut));
        return new Figure(
            "training.avatars_vs_photos",
            own / ofShipped,
            "times",
            Text($"shipped photos at {Decibels} dB: {ofShipped:0.0} bytes, own {own:0.0}; the bound: 0.9"),
            own / ofShipped
        );

        string In(string part) => Path.Combine(folder, part);
    }

    private async Task<Figure> ManyAsync(string folder, CancellationToken cancellationToken)
    {
        console.WriteLine(Text($"Writing {Many:N0} images of 128×128, unless an earlier run did…"));
        string images = Path.Combine(folder, "images");
        ManyImages.Write(images, Many, cancellationToken);
        string run = Path.Combine(folder, "run");
        string[] arguments = ["train", "--data", images, "--size", "128", "--name", "many", "--output", run];
        await Trainer.RunAsync(console, arguments, cancellationToken);
        using var record = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(run, "run.json"), cancellationToken));
        long peak = record.RootElement.GetProperty("peakBytes").GetInt64();
        return new Figure("training.peak_bytes_200k", peak, "bytes", Text($"the bound: {MostBytes}"), (double)peak / MostBytes);
    }

    private static double BytesAt(string file, IReadOnlyList<Raster> images)
    {
        using ModelCodec codec = ModelCodec.Load(file);
        var curve = new RateCurve(codec.Qualities.Select(quality => Photos.FaceFigures.Point(codec, images, quality)));
        return curve.Covers(Decibels)
            ? curve.BytesAt(Decibels)
            : throw new BenchException(Text($"{codec.Name} covers {curve.Lowest:0.00} to {curve.Highest:0.00} dB, and not {Decibels}."));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
