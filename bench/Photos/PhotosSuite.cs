using System.Globalization;
using Codec.Bench.Codecs;
using Codec.Bench.Curves;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>Measures <c>photos</c> and <c>faces-64</c>, and a peer for each figure in the same run.</summary>
/// <remarks>
/// Bytes are those of whole files: our file is a frame with one code and its version. A rate by SSIMULACRA2 or Butteraugli is the mean of
/// the images' delta rates; by PSNR it is that of the mean squared error over all images of a set. Rates between a codec's qualities are
/// interpolated by piecewise cubics.
/// </remarks>
internal sealed class PhotosSuite(IAnsiConsole console, string output, string photosFile, string facesFile)
{
    private const int FaceSide = 64;
    private const int ThumbSide = 128;

    /// <summary>The effort whose figures stand beside those without.</summary>
    public const int Effort = 2;

    private readonly CurveCache _cache = new(Path.Combine(output, "peers"));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        // One image on each core is faster than all cores on one image, and speed is measured on one thread.
        NetVips.NetVips.Concurrency = 1;
        using ModelCodec photos = ModelCodec.Load(photosFile);
        var sets = new PhotoSets(console);
        Raster[] kodak = await sets.KodakAsync(cancellationToken);
        (Raster[] people, Raster[] faces) = await sets.HeldOutPeopleAsync(FaceSide, cancellationToken);
        Raster[] thumbs = [.. kodak.Select(Thumb)];
        List<Figure> figures =
        [
            .. OnKodak(photos, kodak, cancellationToken),
            .. OnThumbs(photos, thumbs, cancellationToken),
            .. OnPeople(photos, people, cancellationToken),
            .. WithEffort(photos.At(Effort), kodak, thumbs, people, cancellationToken),
            .. FaultFigures.Measure(photos, kodak),
            .. FaceFigures.Measure(console, facesFile, faces, cancellationToken),
            DecoderCost.Measure(photos, kodak),
            .. PhotoSpeed.Measure(console, photos, kodak),
            .. await DecodeMemory.MeasureAsync(console, photosFile, photos, kodak, output, cancellationToken),
        ];
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "photos.json"), cancellationToken);

        string sheet = Path.Combine(output, "photos.html");
        await File.WriteAllTextAsync(sheet, PhotoSheet.Render(photos, kodak), cancellationToken);
        console.WriteLine(sheet);
    }

    private IEnumerable<Figure> OnKodak(ModelCodec photos, Raster[] kodak, CancellationToken cancellationToken)
    {
        IImageCodec[] peers = [Peer.Jpeg, Peer.Webp, Peer.Avif, Peer.AvifIq];
        if (CommandLinePeer.Jxl.IsAvailable)
            peers = [.. peers, CommandLinePeer.Jxl];
        else
            console.WriteLine("No figures of JPEG XL: cjxl and djxl are not installed (Debian: apt install libjxl-tools).");
        const Judgement both = Judgement.Ssimulacra | Judgement.Similarity;
        PhotoCurves curves = PhotoCurves.Measure(console, _cache, "Kodak", photos, peers, kodak, both, cancellationToken);
        yield return ByScore("photos.kodak_ssimu2_vs_jpeg", curves, Peer.Jpeg);
        yield return ByScore("photos.kodak_ssimu2_vs_webp", curves, Peer.Webp);
        yield return ByScore("photos.kodak_ssimu2_vs_avif", curves, Peer.Avif);
        yield return ByScore("photos.kodak_ssimu2_vs_avif_iq", curves, Peer.AvifIq);
        if (curves.Of(CommandLinePeer.Jxl) is not null)
            yield return ByScore("photos.kodak_ssimu2_vs_jxl", curves, CommandLinePeer.Jxl);
        yield return Percent("photos.kodak_psnr_vs_webp", curves.Ours.Rate.DeltaRate(curves.Of(Peer.Webp)!.Rate), Peer.Webp.Name);
        if (Distance(photos, kodak, cancellationToken) is { } distance)
            yield return Percent("photos.kodak_butteraugli_vs_avif", distance, $"{Peer.Avif.Name}; the 3-norm, every third photograph");
    }

    /// <summary>Our bytes against AVIF's at equal 3-norms of Butteraugli, in percent; null where it is not installed.</summary>
    private double? Distance(ModelCodec photos, Raster[] kodak, CancellationToken cancellationToken)
    {
        if (!Butteraugli.IsInstalled)
        {
            console.WriteLine("No figure of Butteraugli: butteraugli_main is not installed (Debian: apt install libjxl-devtools).");
            return null;
        }

        PhotoCurves distances = PhotoCurves.Measure(
            console,
            _cache,
            "Kodak, Butteraugli",
            photos,
            [Peer.Avif],
            [.. kodak.Where((_, i) => i % 3 == 0)],
            Judgement.Butteraugli,
            cancellationToken
        );
        return distances.Ours.DeltaRate(distances.Of(Peer.Avif)!, image => -image.Distance);
    }

    /// <summary>The figures of rate of an encoder that looks at what it has encoded.</summary>
    private IEnumerable<Figure> WithEffort(
        ModelCodec photos,
        Raster[] kodak,
        Raster[] thumbs,
        Raster[] people,
        CancellationToken cancellationToken
    )
    {
        const Judgement both = Judgement.Ssimulacra | Judgement.Similarity;
        string prefix = Text($"photos.effort{Effort}");
        PhotoCurves curves = PhotoCurves.Measure(
            console,
            _cache,
            "Kodak",
            photos,
            [Peer.Webp, Peer.Avif, Peer.AvifIq],
            kodak,
            both,
            cancellationToken
        );
        yield return ByScore($"{prefix}_kodak_ssimu2_vs_webp", curves, Peer.Webp);
        yield return ByScore($"{prefix}_kodak_ssimu2_vs_avif", curves, Peer.Avif);
        yield return ByScore($"{prefix}_kodak_ssimu2_vs_avif_iq", curves, Peer.AvifIq);
        if (Distance(photos, kodak, cancellationToken) is { } distance)
            yield return Percent($"{prefix}_kodak_butteraugli_vs_avif", distance, $"{Peer.Avif.Name}; the 3-norm, every third photograph");
        IEnumerable<Figure> small = [.. OnThumbs(photos, thumbs, cancellationToken), .. OnPeople(photos, people, cancellationToken)];
        foreach (Figure figure in small)
            yield return Renamed(figure);

        Figure Renamed(Figure figure) => figure with { Name = figure.Name.Replace("photos.", $"{prefix}_", StringComparison.Ordinal) };
    }

    /// <summary>Compares thumbnails as they are in a stream, whose header names the version.</summary>
    private IEnumerable<Figure> OnThumbs(ModelCodec photos, Raster[] thumbs, CancellationToken cancellationToken)
    {
        PhotoCurves curves = PhotoCurves.Measure(
            console,
            _cache,
            $"Kodak at {ThumbSide} pixels",
            new StreamCodec(photos),
            [Peer.Webp, Peer.AvifIq],
            thumbs,
            Judgement.Ssimulacra,
            cancellationToken
        );
        yield return ByScore($"photos.thumb{ThumbSide}_ssimu2_vs_webp", curves, Peer.Webp);
        yield return ByScore($"photos.thumb{ThumbSide}_ssimu2_vs_avif_iq", curves, Peer.AvifIq);
    }

    /// <summary>Divides our bytes by those of the best peer, on photographs of people.</summary>
    private IEnumerable<Figure> OnPeople(ModelCodec photos, Raster[] people, CancellationToken cancellationToken)
    {
        PhotoCurves curves = PhotoCurves.Measure(
            console,
            _cache,
            "Photographs 250×250 of held-out people",
            photos,
            [Peer.Webp, Peer.Avif, Peer.AvifIq],
            people,
            Judgement.Ssimulacra,
            cancellationToken
        );
        (IImageCodec peer, double ratio)[] ratios =
        [
            .. curves.Peers.Select(peer => (peer.Codec, 1 + curves.Ours.DeltaRate(peer, image => image.Score) / 100)),
        ];
        (IImageCodec best, double worst) = ratios.MaxBy(entry => entry.ratio);
        string all = string.Join(", ", ratios.Select(entry => Text($"{entry.peer.Name} {entry.ratio:0.000}")));
        yield return new Figure("photos.lfw250_ssimu2_vs_best", worst, "times", $"{best.Name}; {all}", worst);
    }

    private static Figure ByScore(string name, PhotoCurves curves, IImageCodec peer)
    {
        CodecCurve theirs = curves.Of(peer)!;
        string psnr = Text($"{peer.Name}; of PSNR {curves.Ours.Rate.DeltaRate(theirs.Rate):0.0} %");
        string similarity = double.IsNaN(theirs.Points[0].Similarity)
            ? ""
            : Text($", of MS-SSIM {curves.Ours.SimilarityRate.DeltaRate(theirs.SimilarityRate):0.0} %");
        return Percent(name, curves.Ours.DeltaRate(theirs, image => image.Score), psnr + similarity);
    }

    private static Figure Percent(string name, double percent, string peer) => new(name, percent, "percent", peer, 1 + percent / 100);

    private static Raster Thumb(Raster photo)
    {
        double scale = (double)ThumbSide / Math.Max(photo.Width, photo.Height);
        return Resampler.Resize(photo, (int)Math.Round(photo.Width * scale), (int)Math.Round(photo.Height * scale));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
