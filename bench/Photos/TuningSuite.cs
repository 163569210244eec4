using Codec.Bench.Codecs;
using Codec.Bench.Curves;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>
/// Compares a model with its peers on what is held out for tuning: photographs of the training sets' authors, and portraits of people whom
/// neither training nor the photos suite uses. Its figures choose tables and schedules; only the photos suite's are claims.
/// </summary>
internal sealed class TuningSuite(IAnsiConsole console, string output, string modelFile)
{
    private const int Portraits = 40;
    private const int FirstPortrait = 3000;

    private readonly CurveCache _cache = new(Path.Combine(output, "peers"));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        NetVips.NetVips.Concurrency = 1;
        using ModelCodec model = ModelCodec.Load(modelFile);
        Raster[] photos = await new PhotoSets(console).HeldOutPhotosAsync(cancellationToken),
            people = await new PhotoSets(console).TuningPeopleAsync(FirstPortrait, Portraits, cancellationToken);
        List<Figure> figures = [];
        Raster[] large = [.. photos.Where((_, i) => i % 2 == 0)];
        figures.AddRange(Measure(model, "photographs", large, cancellationToken));
        figures.AddRange(Measure(model, "half_colour", [.. large.Select(HalfColour.Of)], cancellationToken));
        foreach (int side in new[] { 128, 256 })
        {
            Raster[] small = [.. photos.Select(photo => Resampler.Resize(photo, side, side))];
            figures.AddRange(Measure(model, $"thumb{side}", small, cancellationToken));
        }

        figures.AddRange(Measure(model, "portraits", people, cancellationToken));
        figures.AddRange(PhotoSpeed.Measure(console, model, large));
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "tuning.json"), cancellationToken);
    }

    private IEnumerable<Figure> Measure(ModelCodec model, string set, Raster[] images, CancellationToken cancellationToken)
    {
        var ours = new StreamCodec(model);
        IImageCodec[] peers = [Peer.Webp, Peer.AvifIq];
        PhotoCurves curves = PhotoCurves.Measure(
            console,
            _cache,
            $"tuning {set}",
            ours,
            peers,
            images,
            Judgement.Ssimulacra,
            cancellationToken
        );
        foreach (IImageCodec peer in peers)
        {
            CodecCurve theirs = curves.Of(peer)!;
            double percent = curves.Ours.DeltaRate(theirs, image => image.Score);
            string psnr = FormattableString.Invariant($"{peer.Name}; of PSNR {curves.Ours.Rate.DeltaRate(theirs.Rate):0.0} %");
            yield return new Figure($"tuning.{set}_ssimu2_vs_{peer.Name}", percent, "percent", psnr, 1 + percent / 100);
        }
    }
}
