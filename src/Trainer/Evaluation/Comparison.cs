using System.Globalization;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Spectre.Console;

namespace Codec.Trainer.Evaluation;

/// <summary>
/// Compares a model with WebP, AVIF and another model on images that it has not seen: the bytes of each at the model's own PSNRs.
/// </summary>
/// <remarks>Peers are measured as the benchmarks measure them: whole files, and frames of 64 codes as a stream sends them.</remarks>
internal sealed class Comparison
{
    private const int CodesPerFrame = 64;

    private readonly IReadOnlyList<Raster> _images;

    /// <summary>Prepares a comparison.</summary>
    /// <param name="images">Images that the model has not seen.</param>
    public Comparison(IReadOnlyList<Raster> images) => _images = images;

    /// <summary>Measures a model: bytes of an image in frames of a stream, and PSNR, at each quality.</summary>
    /// <param name="package">The model.</param>
    /// <param name="cancellationToken">Stops between two qualities.</param>
    public IReadOnlyList<QualityFigures> Measure(ModelPackage package, CancellationToken cancellationToken)
    {
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        Raster[] images = [.. _images.Select(image => image.WithChannels(model.Manifest.Input.Channels))];
        return [.. Enumerable.Range(0, model.Manifest.Qualities.Count).Select(At)];

        QualityFigures At(int quality)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[][] codes =
            [
                .. images.AsParallel().AsOrdered().Select(image => model.Encode(image.Samples, image.Width, image.Height, quality)),
            ];
            long bytes = codes
                .Chunk(CodesPerFrame)
                .Sum(chunk => (long)CodeFrame.Write(quality, [.. chunk.Select(code => (ReadOnlyMemory<byte>)code)]).Length);
            return new QualityFigures(quality, (double)bytes / codes.Length, Decibels(codes, code => model.Decode(code, quality)));
        }
    }

    /// <summary>Measures a format at the qualities of its curve.</summary>
    public RateCurve? Measure(IImageCodec peer, CancellationToken cancellationToken)
    {
        var points = new List<(double Bytes, double Decibels)>();
        foreach (int quality in peer.Qualities)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[][] files = [.. _images.AsParallel().AsOrdered().Select(image => peer.Encode(image.WithChannels(3), quality))];
            points.Add((files.Average(file => file.Length), Decibels(files, peer.Decode)));
        }

        return CurveOf(points);
    }

    /// <summary>Draws a curve through the points at which more bytes give better images.</summary>
    /// <returns>Null if fewer than three points are left.</returns>
    public static RateCurve? CurveOf(IEnumerable<(double Bytes, double Decibels)> points)
    {
        var rising = new List<(double Bytes, double Decibels)>();
        foreach ((double Bytes, double Decibels) point in points.OrderBy(point => point.Bytes))
        {
            if (rising.Count == 0 || point.Decibels > rising[^1].Decibels)
                rising.Add(point);
        }

        return rising.Count < 3 ? null : new RateCurve(rising);
    }

    /// <summary>The curve of measured qualities.</summary>
    public static RateCurve? CurveOf(IEnumerable<QualityFigures> figures) =>
        CurveOf(figures.Select(point => (point.Bytes, point.Decibels)));

    /// <summary>Prints the table, and whether the model pays.</summary>
    /// <param name="display">Receives table and verdict.</param>
    /// <param name="package">The model.</param>
    /// <param name="baseline">The model that is used without it; null if it cannot be found.</param>
    /// <param name="cancellationToken">Stops between two qualities.</param>
    /// <returns>The verdict.</returns>
    public string Show(StageDisplay display, ModelPackage package, ModelPackage? baseline, CancellationToken cancellationToken)
    {
        string name = package.Manifest.Name;
        IReadOnlyList<QualityFigures> ours = display.Run($"Comparison: {name}", _ => Measure(package, cancellationToken));
        RateCurve? webp = display.Run("Comparison: WebP", _ => Measure(Peer.Webp, cancellationToken));
        RateCurve? avif = display.Run("Comparison: AVIF", _ => Measure(Peer.Avif, cancellationToken));
        RateCurve? other = baseline is null
            ? null
            : display.Run($"Comparison: {baseline.Manifest.Name}", _ => CurveOf(Measure(baseline, cancellationToken)));
        string otherName = baseline is null ? "—" : $"published {baseline.Manifest.Name}";

        Table table = new Table().Border(TableBorder.Simple).AddColumn("quality");
        foreach (string column in new[] { "PSNR dB", name, "WebP", "AVIF", otherName })
            table.AddColumn(Markup.Escape(column), c => c.RightAligned());
        foreach (QualityFigures point in ours)
        {
            string At(RateCurve? curve) =>
                curve is not null && curve.Covers(point.Decibels) ? Text($"{curve.BytesAt(point.Decibels):0.0}") : "—";
            table.AddRow(Text($"{point.Quality}"), point.Ratio, Text($"{point.Bytes:0.0}"), At(webp), At(avif), At(other));
        }

        display.Line(
            $"Bytes an image at the same PSNR, on {_images.Count:N0} images that {name} has not seen (files whole, codes in frames of {CodesPerFrame}; — where a format does not reach the PSNR):"
        );
        display.Console.Write(table);
        string verdict = Verdict(package, baseline, ours, other, webp, avif);
        display.Line(verdict);
        return verdict;
    }

    /// <summary>Says whether a model pays, its download included.</summary>
    private static string Verdict(
        ModelPackage package,
        ModelPackage? baseline,
        IReadOnlyList<QualityFigures> ours,
        RateCurve? other,
        RateCurve? webp,
        RateCurve? avif
    )
    {
        (RateCurve? Curve, string Name)[] rivals = [(other, baseline?.Manifest.Name ?? ""), (webp, "WebP"), (avif, "AVIF")];
        QualityFigures[] shared = [.. ours.Where(point => rivals.Any(rival => rival.Curve?.Covers(point.Decibels) == true))];
        string name = package.Manifest.Name;
        if (shared.Length == 0)
        {
            return Text(
                $"No verdict: the best quality of {name} has {ours.Max(point => point.Decibels):0.0} dB, less than the lowest of the other formats: its images are blurred. Give more images, or train photos."
            );
        }

        QualityFigures middle = shared[shared.Length / 2];
        (double bytes, string best) = rivals
            .Where(rival => rival.Curve?.Covers(middle.Decibels) == true)
            .Select(rival => (rival.Curve!.BytesAt(middle.Decibels), rival.Name))
            .Min();
        double saved = bytes - middle.Bytes;
        long download = package.ManifestBytes.Length + package.Manifest.DecoderBlobs(ModelManifest.ImageHead).Sum(blob => blob.Size);
        string at = Text(
            $"At {middle.Decibels:0.0} dB {name} takes {middle.Bytes:0.0} bytes an image, {best}, the best of the others, {bytes:0.0}"
        );
        return saved > 0
            ? Text(
                $"{at}: {saved / bytes:0 %} fewer. A client downloads the decoder once, {download / 1024.0:N0} KB: it pays after {Math.Ceiling(download / saved):N0} images."
            )
            : Text($"{at}: the own model does not pay. Use {best}.");
    }

    private double Decibels<T>(IReadOnlyList<T> coded, Func<T, Raster> decode)
    {
        var psnr = new Psnr();
        Raster[] decoded = [.. coded.AsParallel().AsOrdered().Select(code => decode(code).WithChannels(3))];
        for (int i = 0; i < decoded.Length; i++)
            psnr.Add(_images[i].WithChannels(3).Samples, decoded[i].Samples);
        return psnr.Decibels;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
