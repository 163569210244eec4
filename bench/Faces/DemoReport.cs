using System.Globalization;
using Codec.Bench.Report;
using Codec.Datasets;
using Codec.Images;

namespace Codec.Bench.Faces;

/// <summary>The demo's report: one HTML file with embedded pictures.</summary>
internal static class DemoReport
{
    private const int Columns = 10;
    private const int CellSide = 96;

    public static string Render(CodecModel model, ImageSet faces, IReadOnlyList<OurPoint> ours, DemoTable table, IEnumerable<string> notes)
    {
        var page = new ReportPage(
            "Faces in a few dozen bytes",
            """
            .pair{display:flex;flex-wrap:wrap;gap:2rem;align-items:flex-start} .pair svg{flex:1 1 30rem;min-width:0;height:auto}
            .sheet{display:grid;grid-template-columns:7.5rem repeat(10,1fr);gap:6px 4px}
            .sheet img{width:100%;image-rendering:pixelated;display:block;box-sizing:border-box}
            .sheet span{font-size:.85rem;color:#555}
            .sheet div{font-size:.72rem;color:#666;text-align:center} .sheet .code img{border:1px solid #ccc}
            """
        );
        page.Html(
            $"<p>{faces.Count:N0} held-out faces of {faces.Width}×{faces.Height} pixels, streamed through a channel and decoded by the client. {Environment.ProcessorCount} cores, {ReportPage.Escape(System.Runtime.InteropServices.RuntimeInformation.OSDescription)}.</p>"
        );
        page.Html($"<h2>What it takes</h2><div class=\"pair\">")
            .Table(table)
            .Html($"{RateDistortionPlot.Render(ours, table.Curves)}</div>");
        foreach (string note in notes)
            page.Note(note);

        page.Html($"<h2>Original, code, reconstruction</h2><div class=\"sheet\">");
        Row("original", "", i => faces.Image(i), _ => "");
        foreach (OurPoint point in ours)
        {
            Row(
                Text($"code, quality {point.Quality}"),
                "code",
                i => CodePicture.Draw(model.DecodeSymbols(point.Codes[i], point.Quality)),
                i => $"{point.Codes[i].Length} bytes"
            );
            Row(
                Text($"restored, {point.Decibels:0.0} dB"),
                "",
                i => new Raster(faces.Width, faces.Height, faces.Channels, point.Images[i]),
                _ => ""
            );
        }

        return page.Html($"</div>").Note("The code is drawn as its symbols, row by row: blue below zero, red above, white zero.").End();

        void Row(string title, string kind, Func<int, Raster> image, Func<int, string> label)
        {
            page.Html($"<span>{ReportPage.Escape(title)}</span>");
            for (int i = 0; i < Columns; i++)
            {
                page.Html(
                    $"<div class=\"{kind}\"><img alt=\"\" width=\"{CellSide}\" src=\"{ReportPage.Address(image(i))}\">{label(i)}</div>"
                );
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
