using System.Globalization;
using System.Text;
using Codec.Bench.Faces;
using Codec.Datasets;
using Codec.Imaging;

namespace Codec.Bench.Report;

/// <summary>The demo's page: one file, pictures inside.</summary>
internal static class DemoReport
{
    private const int Columns = 10;
    private const int CellSide = 96;

    public static string Render(CodecModel model, ImageSet faces, IReadOnlyList<OurPoint> ours, DemoTable table, IEnumerable<string> notes)
    {
        var page = new StringBuilder();
        page.Append("""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Codec: faces in a few dozen bytes</title>
            <style>
            body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:1060px;margin:3rem auto;padding:0 1rem}
            h1{font-weight:600;margin-bottom:.2rem} h2{font-weight:600;margin-top:2.5rem;font-size:1.15rem}
            table{border-collapse:collapse} td,th{padding:.25rem 1.2rem .25rem 0;text-align:right;font-variant-numeric:tabular-nums}
            td:first-child,th:first-child{text-align:left} th{font-weight:600;border-bottom:1px solid #bbb} p{max-width:46rem} small{color:#666}
            .sheet{display:grid;grid-template-columns:7.5rem repeat(10,1fr);gap:4px;align-items:center} .sheet img{width:100%;image-rendering:pixelated;display:block}
            .sheet span{font-size:.8rem;color:#555} .sheet div{font-size:.72rem;color:#666;text-align:center}
            </style><h1>Faces in a few dozen bytes</h1>
            """);
        page.Append(Text($"<p>{faces.Count} held-out faces of 32×32 pixels, streamed through a channel and decoded by the client. {Environment.ProcessorCount} cores, {Escape(System.Runtime.InteropServices.RuntimeInformation.OSDescription)}.</p>"));
        page.Append("<h2>What it takes</h2><table><tr><th>codec<th>bytes an image<th>PSNR dB<th>times smaller</tr>");
        foreach (DemoRow row in table.Rows) page.Append("<tr>").AppendJoin("", row.Cells().Select(cell => $"<td>{Escape(cell)}")).Append("</tr>");
        page.Append("</table>");
        foreach (string note in notes) page.Append("<p><small>").Append(Escape(note)).Append("</small></p>");

        page.Append("<h2>Original, code, reconstruction</h2><div class=\"sheet\">");
        Row("original", i => faces.Image(i), _ => "");
        foreach (OurPoint point in ours)
        {
            Row(Text($"code, quality {point.Quality}"), i => CodePicture.Draw(model.DecodeSymbols(point.Codes[i], point.Quality)), i => $"{point.Codes[i].Length} bytes");
            Row(Text($"{point.Decibels:0.0} dB"), i => new PixelImage(faces.Width, faces.Height, faces.Channels, point.Images[i]), _ => "");
        }

        page.Append("</div><p><small>The code is drawn as its symbols, row by row: blue below zero, red above, white zero.</small></p>");
        page.Append("<h2>Rate and distortion</h2>").Append(RateDistortionPlot.Render(ours, table.Curves)).Append("</html>\n");
        return page.ToString();

        void Row(string title, Func<int, PixelImage> image, Func<int, string> label)
        {
            page.Append("<span>").Append(Escape(title)).Append("</span>");
            for (int i = 0; i < Columns; i++)
            {
                string data = Convert.ToBase64String(ImageFile.EncodePng(image(i)));
                page.Append(Text($"<div><img alt=\"\" width=\"{CellSide}\" src=\"data:image/png;base64,{data}\">{label(i)}</div>"));
            }
        }
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
