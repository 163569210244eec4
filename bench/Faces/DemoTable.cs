using System.Globalization;
using Codec.Bench.Peers;
using Codec.Datasets;
using Spectre.Console;

namespace Codec.Bench.Faces;

/// <summary>The demo's one table.</summary>
/// <param name="Rows">Codec, bytes an image, PSNR in dB; not a number where nothing is lost.</param>
/// <param name="Curves">The peers' curves, for the plot.</param>
/// <param name="WebpBytes">WebP's bytes at the streamed quality.</param>
internal sealed record DemoTable(IReadOnlyList<DemoRow> Rows, IReadOnlyList<(string Name, IReadOnlyList<PeerPoint> Points)> Curves, double WebpBytes)
{
    private static readonly int[] CurveQualities = [1, 20, 50, 80];

    public static DemoTable Measure(
        IAnsiConsole console, ImageSet faces, IReadOnlyList<OurPoint> ours, int peerImages, int avifImages, CancellationToken cancellation)
    {
        double target = ours[1].Decibels;
        var rows = new List<DemoRow> { new("raw", faces.ImageLength, double.NaN), new("PNG", Peer.Png.Measure(faces, peerImages, 1).Bytes, double.NaN) };
        var curves = new List<(string, IReadOnlyList<PeerPoint>)>();
        double webp = 0;
        foreach (Peer peer in new[] { Peer.Jpeg, Peer.Webp, Peer.Avif })
        {
            cancellation.ThrowIfCancellationRequested();
            console.WriteLine($"  {peer.Name}…");
            int count = peer == Peer.Avif ? avifImages : peerImages;
            PeerPoint matched = peer.Match(faces, count, target);
            if (peer == Peer.Webp) webp = matched.Bytes;
            rows.Add(new DemoRow(peer.Name + (matched.Quality == 1 ? " *" : ""), matched.Bytes, matched.Decibels));
            curves.Add((peer.Name, [.. CurveQualities.Select(quality => peer.Measure(faces, count, quality))]));
        }

        foreach (OurPoint point in ours) rows.Add(new DemoRow($"faces-32, quality {point.Quality}", point.FrameBytes, point.Decibels) { IsOurs = true });
        return new DemoTable([.. rows.Select(row => row with { TimesSmaller = faces.ImageLength / row.Bytes })], curves, webp);
    }

    public void Write(IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("codec");
        foreach (string column in new[] { "bytes an image", "PSNR dB", "times smaller" }) table.AddColumn(column, c => c.RightAligned());
        foreach (DemoRow row in Rows) table.AddRow([.. row.Cells().Select(Markup.Escape)]);
        console.Write(table);
    }
}

/// <summary>A row of the table.</summary>
internal sealed record DemoRow(string Codec, double Bytes, double Decibels, double TimesSmaller = 1)
{
    /// <summary>Whether the row is the product's own; a peer's otherwise.</summary>
    public bool IsOurs { get; init; }

    public string[] Cells() =>
    [
        Codec,
        Bytes.ToString("0.0", CultureInfo.InvariantCulture),
        double.IsNaN(Decibels) ? "lossless" : Decibels.ToString("0.00", CultureInfo.InvariantCulture),
        TimesSmaller.ToString("0.0", CultureInfo.InvariantCulture),
    ];
}
