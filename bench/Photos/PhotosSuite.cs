using System.Globalization;
using Codec.Bench.Codecs;
using Codec.Bench.Curves;
using Codec.Bench.Report;
using Codec.Images;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>Measures <c>photos</c> and <c>faces-64</c>, and a peer for each figure in the same run.</summary>
/// <remarks>
/// Bytes are those of whole files: our file is a frame with one code and its version. For every codec, PSNR is that of the mean squared
/// error over all images of a set. Rates between a codec's qualities are interpolated by piecewise cubics.
/// </remarks>
internal sealed class PhotosSuite(IAnsiConsole console, string output, string photosFile, string facesFile)
{
    private const int FaceSide = 64;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        // One image on each core is faster than all cores on one image, and speed is measured on one thread.
        NetVips.NetVips.Concurrency = 1;
        using ModelCodec photos = ModelCodec.Load(photosFile);
        var sets = new PhotoSets(console);
        Raster[] kodak = await sets.KodakAsync(cancellationToken);
        (Raster[] people, Raster[] faces) = await sets.HeldOutPeopleAsync(FaceSide, cancellationToken);

        PhotoCurves onKodak = PhotoCurves.Measure(console, "Kodak", photos, kodak, similarity: true, cancellationToken);
        PhotoCurves onTrain = PhotoCurves.Measure(
            console,
            "Photographs learned from",
            photos,
            await sets.TrainedOnAsync(cancellationToken),
            similarity: true,
            cancellationToken
        );
        PhotoCurves onPeople = PhotoCurves.Measure(
            console,
            "Photographs 250×250 of held-out people",
            photos,
            people,
            similarity: true,
            cancellationToken
        );
        List<Figure> figures =
        [
            DeltaRate("photos.kodak_bdrate_vs_jpeg", onKodak, onKodak.Jpeg),
            DeltaRate("photos.kodak_bdrate_vs_webp", onKodak, onKodak.Webp),
            DeltaRate("photos.kodak_bdrate_vs_avif", onKodak, onKodak.Avif),
            DeltaRate("photos.train_bdrate_vs_jpeg", onTrain, onTrain.Jpeg),
            DeltaRate("photos.train_bdrate_vs_webp", onTrain, onTrain.Webp),
            .. Compare("photos.lfw250_vs_best@31.5dB", onPeople, 31.5),
            .. Compare("photos.lfw250_vs_best@34.5dB", onPeople, 34.5),
            .. FaceFigures.Measure(console, facesFile, faces, cancellationToken),
            DecoderCost.Measure(photos, kodak),
            .. PhotoSpeed.Measure(console, photos, kodak),
            await DecodeMemory.MeasureAsync(console, photosFile, photos, kodak, output, cancellationToken),
        ];
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "photos.json"), cancellationToken);

        string sheet = Path.Combine(output, "photos.html");
        await File.WriteAllTextAsync(sheet, PhotoSheet.Render(photos, kodak), cancellationToken);
        console.WriteLine(sheet);
    }

    private static Figure DeltaRate(string name, PhotoCurves curves, CodecCurve peer)
    {
        double percent = curves.Ours.Rate.DeltaRate(peer.Rate);
        string others = Text(
            $"of mean PSNR {curves.Ours.MeanRate.DeltaRate(peer.MeanRate):0.0} %, of MS-SSIM {curves.Ours.SimilarityRate.DeltaRate(peer.SimilarityRate):0.0} %"
        );
        return new Figure(name, percent, "percent", $"{peer.Codec.Name}; {others}", 1 + percent / 100);
    }

    /// <summary>Divides our bytes by those of the better of WebP and AVIF; there is no figure if a curve does not cover the PSNR.</summary>
    private IEnumerable<Figure> Compare(string name, PhotoCurves curves, double decibels)
    {
        CodecCurve[] peers = [curves.Webp, curves.Avif];
        if (peers.Prepend(curves.Ours).FirstOrDefault(curve => !curve.Rate.Covers(decibels)) is { } absent)
        {
            console.WriteLine(Text($"No {name}: {absent.Codec.Name} covers {absent.Rate.Lowest:0.00} to {absent.Rate.Highest:0.00} dB."));
            yield break;
        }

        CodecCurve best = peers.MinBy(peer => peer.Rate.BytesAt(decibels))!;
        double theirs = best.Rate.BytesAt(decibels),
            ours = curves.Ours.Rate.BytesAt(decibels),
            ratio = ours / theirs;
        yield return new Figure(
            name,
            ratio,
            "times",
            Text($"{best.Codec.Name}: {theirs:0} bytes; ours {ours:0}, in a stream {ours - ModelCodec.VersionBytes:0}"),
            ratio
        );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
