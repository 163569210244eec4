using System.Globalization;
using Codec.Images;
using Codec.Measurement;
using Spectre.Console;

namespace Codec.Bench.Report;

/// <summary>The table of a demo.</summary>
/// <param name="Rows">The rows: codec, bytes an image, and PSNR in dB (NaN for lossless codecs).</param>
/// <param name="Curves">The peers' curves, for the plot.</param>
/// <param name="Webp">WebP at the target PSNR.</param>
internal sealed record DemoTable(
    IReadOnlyList<DemoRow> Rows,
    IReadOnlyList<(string Name, IReadOnlyList<RatePoint> Points)> Curves,
    RatePoint Webp
)
{
    /// <summary>Measures the peers, and adds our rows.</summary>
    /// <param name="console">Shows which peer is being measured.</param>
    /// <param name="images">The images on which the peers are measured.</param>
    /// <param name="avifImages">Number of the images on which AVIF is measured.</param>
    /// <param name="ours">Our rows.</param>
    /// <param name="decibels">The target PSNR of the peers, in dB.</param>
    /// <param name="curveQualities">The qualities of the peers' curves, each 1 to 100; empty for no curve.</param>
    /// <param name="cancellationToken">Cancels between two peers.</param>
    public static DemoTable Measure(
        IAnsiConsole console,
        IReadOnlyList<Raster> images,
        int avifImages,
        IReadOnlyList<DemoRow> ours,
        double decibels,
        IReadOnlyList<int> curveQualities,
        CancellationToken cancellationToken
    )
    {
        double raw = images.Average(image => image.Samples.Length);
        var rows = new List<DemoRow>
        {
            new("raw", raw, double.NaN),
            new("PNG", RatePoint.Measure(Peer.Png, images, Peer.Png.Qualities[0]).Bytes, double.NaN),
        };
        var curves = new List<(string, IReadOnlyList<RatePoint>)>();
        var matches = new Dictionary<Peer, RatePoint>();
        foreach (Peer peer in new[] { Peer.Jpeg, Peer.Webp, Peer.Avif })
        {
            cancellationToken.ThrowIfCancellationRequested();
            console.WriteLine($"  {peer.Name}…");
            Raster[] measured = [.. images.Take(peer == Peer.Avif ? avifImages : images.Count)];
            RatePoint matched = matches[peer] = RatePoint.Match(peer, measured, decibels);
            rows.Add(new DemoRow(peer.Name + (matched.Quality == 1 ? " *" : ""), matched.Bytes, matched.Decibels));
            curves.Add((peer.Name, [.. curveQualities.Select(quality => RatePoint.Measure(peer, measured, quality))]));
        }

        rows.AddRange(ours);
        return new DemoTable([.. rows.Select(row => row with { TimesSmaller = raw / row.Bytes })], curves, matches[Peer.Webp]);
    }

    public void Write(IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("codec");
        foreach (string column in new[] { "bytes an image", "PSNR dB", "times smaller" })
            table.AddColumn(column, c => c.RightAligned());
        foreach (DemoRow row in Rows)
            table.AddRow([.. row.Cells().Select(Markup.Escape)]);
        console.Write(table);
    }
}

/// <summary>A row of the table.</summary>
internal sealed record DemoRow(string Codec, double Bytes, double Decibels, double TimesSmaller = 1)
{
    /// <summary>Whether the row is that of our codec rather than a peer's.</summary>
    public bool IsOurs { get; init; }

    public string[] Cells() =>
        [
            Codec,
            Bytes.ToString("0.0", CultureInfo.InvariantCulture),
            double.IsNaN(Decibels) ? "lossless" : Decibels.ToString("0.00", CultureInfo.InvariantCulture),
            TimesSmaller.ToString("0.0", CultureInfo.InvariantCulture),
        ];
}
