using System.Globalization;
using Codec.Bench.Curves;
using Codec.Images;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>The curves of our codec and its peers on one set of photographs.</summary>
/// <param name="Ours">Our codec.</param>
/// <param name="Peers">Its peers.</param>
internal sealed record PhotoCurves(CodecCurve Ours, IReadOnlyList<CodecCurve> Peers)
{
    /// <summary>Measures all codecs.</summary>
    /// <param name="console">Shows which codec is being measured.</param>
    /// <param name="cache">Keeps the peers' measurements.</param>
    /// <param name="title">A description of the images.</param>
    /// <param name="ours">Our codec.</param>
    /// <param name="peers">Its peers.</param>
    /// <param name="images">The photographs.</param>
    /// <param name="judgement">What to measure besides bytes and PSNR.</param>
    /// <param name="cancellationToken">Cancels between two points.</param>
    public static PhotoCurves Measure(
        IAnsiConsole console,
        CurveCache cache,
        string title,
        IImageCodec ours,
        IEnumerable<IImageCodec> peers,
        IReadOnlyList<Raster> images,
        Judgement judgement,
        CancellationToken cancellationToken
    )
    {
        CodecCurve[] curves =
        [
            .. peers.Select(peer =>
            {
                console.WriteLine($"{title}: {peer.Name}…");
                return cache.Measure(title, peer, images, judgement, cancellationToken);
            }),
        ];
        console.WriteLine($"{title}: {ours.Name}…");
        var measured = new PhotoCurves(CodecCurve.Measure(ours, images, judgement, cancellationToken), curves);
        measured.Show(console, title);
        return measured;
    }

    /// <summary>The curve of a peer; null if it was not measured.</summary>
    public CodecCurve? Of(IImageCodec peer) => Peers.FirstOrDefault(curve => curve.Codec.Name == peer.Name);

    private void Show(IAnsiConsole console, string title)
    {
        Table table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(title)).AddColumn("codec");
        string[] columns = ["quality", "bytes", "bits a pixel", "SSIMULACRA2", "PSNR dB", "mean of PSNRs", "MS-SSIM"];
        foreach (string column in columns)
            table.AddColumn(column, c => c.RightAligned());
        foreach (CodecCurve curve in Peers.Prepend(Ours))
        {
            foreach (RatePoint point in curve.Points)
            {
                string[] cells =
                [
                    curve.Codec.Name,
                    Text($"{point.Quality}"),
                    Text($"{point.Bytes:0}"),
                    Text($"{point.BitsPerPixel:0.000}"),
                    Text($"{point.Score:0.0}"),
                    Text($"{point.Decibels:0.00}"),
                    Text($"{point.MeanDecibels:0.00}"),
                    Text($"{point.Similarity:0.0000}"),
                ];
                table.AddRow(cells);
            }
        }

        console.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
