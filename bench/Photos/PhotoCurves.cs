using System.Globalization;
using Codec.Bench.Codecs;
using Codec.Bench.Curves;
using Codec.Bench.Peers;
using Codec.Images;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>The curves of our codec and its peers on one set of photographs.</summary>
/// <param name="Ours">Our codec.</param>
/// <param name="Jpeg">libjpeg-turbo.</param>
/// <param name="Webp">libwebp, method 6.</param>
/// <param name="Avif">AV1 still pictures.</param>
internal sealed record PhotoCurves(CodecCurve Ours, CodecCurve Jpeg, CodecCurve Webp, CodecCurve Avif)
{
    public IEnumerable<CodecCurve> All => [Ours, Jpeg, Webp, Avif];

    /// <summary>Measures all four codecs.</summary>
    /// <param name="console">Shows which codec is being measured.</param>
    /// <param name="title">A description of the images.</param>
    /// <param name="ours">Our codec.</param>
    /// <param name="images">The photographs.</param>
    /// <param name="similarity">Whether to measure structural similarity too.</param>
    /// <param name="cancellationToken">Cancels between two points.</param>
    public static PhotoCurves Measure(
        IAnsiConsole console,
        string title,
        IImageCodec ours,
        IReadOnlyList<Raster> images,
        bool similarity,
        CancellationToken cancellationToken
    )
    {
        CodecCurve[] curves =
        [
            .. new[] { ours, Peer.Jpeg, Peer.Webp, Peer.Avif }.Select(codec =>
            {
                console.WriteLine($"{title}: {codec.Name}…");
                return CodecCurve.Measure(codec, images, similarity, cancellationToken);
            }),
        ];
        var measured = new PhotoCurves(curves[0], curves[1], curves[2], curves[3]);
        measured.Show(console, title, similarity);
        return measured;
    }

    private void Show(IAnsiConsole console, string title, bool similarity)
    {
        Table table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(title)).AddColumn("codec");
        string[] columns =
        [
            "quality",
            "bytes",
            "bits a pixel",
            "PSNR dB",
            "mean of PSNRs",
            .. similarity ? ["MS-SSIM"] : Array.Empty<string>(),
        ];
        foreach (string column in columns)
            table.AddColumn(column, c => c.RightAligned());
        foreach (CodecCurve curve in All)
        {
            foreach (RatePoint point in curve.Points)
            {
                string[] cells =
                [
                    curve.Codec.Name,
                    Text($"{point.Quality}"),
                    Text($"{point.Bytes:0}"),
                    Text($"{point.BitsPerPixel:0.000}"),
                    Text($"{point.Decibels:0.00}"),
                    Text($"{point.MeanDecibels:0.00}"),
                    .. similarity ? [Text($"{point.Similarity:0.0000}")] : Array.Empty<string>(),
                ];
                table.AddRow(cells);
            }
        }

        console.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
