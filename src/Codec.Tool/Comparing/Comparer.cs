using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;
using Codec.Tool.Offline;
using NetVips;

namespace Codec.Tool.Comparing;

/// <summary>Measures one image with our model and with each common format that is available here.</summary>
internal static class Comparer
{
    private const string NoVips =
        "libvips cannot be loaded; install it (Debian: libvips42, macOS: brew install vips, Windows: its folder on PATH)";

    private static readonly (IImageCodec Codec, bool IsAvailable, string Missing)[] Peers =
    [
        (Peer.Jpeg, Peer.IsAvailable, NoVips),
        (Peer.Webp, Peer.IsAvailable, NoVips),
        (Peer.Avif, Peer.IsAvailable, NoVips),
        (CommandLinePeer.Jxl, CommandLinePeer.Jxl.IsAvailable, "cjxl and djxl are not on the path (Debian: libjxl-tools)"),
    ];

    /// <summary>Compares an image.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="image">Its pixels, three channels.</param>
    /// <param name="encoder">Our model, which takes the image's size, quality and effort.</param>
    /// <param name="withPictures">Whether to keep what the formats look like.</param>
    /// <param name="report">Receives the fraction done.</param>
    /// <param name="cancellationToken">Cancels between two encodings.</param>
    public static ComparedImage Compare(
        string file,
        Raster image,
        FileEncoder encoder,
        bool withPictures,
        Action<double> report,
        CancellationToken cancellationToken
    )
    {
        using var plain = new ModelCodec(encoder.Model, ownsModel: false);
        using ModelCodec codec = plain.At(encoder.Effort);
        ImageMeasure ours = ImageMeasure.Of(codec, image, encoder.Quality, Judgement.Ssimulacra);
        double? psnr = Decibels(ours) is var decibels && double.IsFinite(decibels) ? decibels : null;
        var rows = new List<ComparedFormat> { Row(codec.Name, ours.Bytes, ours.Bytes, null) };
        var pictures = new List<ComparedPicture>();
        if (withPictures)
        {
            pictures.Add(new ComparedPicture("original", image, null, null));
            pictures.Add(Picture(codec, encoder.Quality, ours));
        }

        foreach ((IImageCodec peer, bool isAvailable, string missing) in Peers)
        {
            report((double)(rows.Count - 1) / Peers.Length);
            if (!isAvailable)
            {
                rows.Add(Row(peer.Name, null, null, missing));
                continue;
            }

            try
            {
                var curve = CodecCurve.Measure(peer, [image], Judgement.Ssimulacra, cancellationToken);
                rows.Add(Row(peer.Name, BytesAt(curve, measure => measure.Score, ours.Score), BytesAt(curve, Decibels, psnr), null));
                RatePoint nearest = curve.Points.MinBy(point => Math.Abs(point.Bytes - ours.Bytes))!;
                if (withPictures)
                    pictures.Add(Picture(peer, nearest.Quality, nearest.Images[0]));
            }
            catch (Exception exception) when (exception is VipsException or IOException)
            {
                // A libvips without this format, or a program that fails.
                rows.Add(Row(peer.Name, null, null, Codec.CommandLine.CommandRunner.OneLine(exception)));
            }
        }

        return new ComparedImage(file, image, ours.Score, psnr, rows, pictures);

        ComparedFormat Row(string name, double? atScore, double? atPsnr, string? missing) =>
            new(file, name, ours.Bytes, ours.Score, psnr, atScore, atPsnr, missing);

        ComparedPicture Picture(IImageCodec coder, int chosen, ImageMeasure measure) =>
            new(coder.Name, coder.Decode(coder.Encode(image, chosen)), measure.Bytes, measure.Score);
    }

    private static double? BytesAt(CodecCurve curve, Func<ImageMeasure, double> quality, double? target) =>
        target is { } value && curve.BytesAt(quality, value) is var bytes && double.IsFinite(bytes) ? bytes : null;

    private static double Decibels(ImageMeasure measure) => Psnr.FromMeanSquaredError(measure.MeanSquaredError);
}
