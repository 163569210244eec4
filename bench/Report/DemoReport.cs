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
            body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:1120px;margin:3rem auto;padding:0 1rem}
            h1{font-weight:600;margin-bottom:.2rem} h2{font-weight:600;margin:2.5rem 0 .8rem;font-size:1.15rem} p{max-width:46rem} small{color:#666}
            table{border-collapse:collapse} td,th{padding:.25rem 1.2rem .25rem 0;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
            td:first-child,th:first-child{text-align:left} th{font-weight:600;border-bottom:1px solid #bbb} .ours td{font-weight:600;color:#a93226}
            .beside{display:flex;flex-wrap:wrap;gap:2rem;align-items:flex-start} .beside svg{flex:1 1 30rem;min-width:0;height:auto}
            .sheet{display:grid;grid-template-columns:7.5rem repeat(10,1fr);gap:6px 4px} .sheet img{width:100%;image-rendering:pixelated;display:block;box-sizing:border-box}
            .sheet span{font-size:.85rem;color:#555} .sheet div{font-size:.72rem;color:#666;text-align:center} .sheet .code img{border:1px solid #ccc}
            </style><h1>Faces in a few dozen bytes</h1>
            """);
        page.Append(Text($"<p>{faces.Count:N0} held-out faces of {faces.Width}×{faces.Height} pixels, streamed through a channel and decoded by the client. {Environment.ProcessorCount} cores, {Escape(System.Runtime.InteropServices.RuntimeInformation.OSDescription)}.</p>"));
        page.Append("<h2>What it takes</h2><div class=\"beside\"><table><tr><th>codec<th>bytes an image<th>PSNR dB<th>times smaller</tr>");
        foreach (DemoRow row in table.Rows) page.Append(row.IsOurs ? "<tr class=\"ours\">" : "<tr>").AppendJoin("", row.Cells().Select(cell => $"<td>{Escape(cell)}")).Append("</tr>");
        page.Append("</table>").Append(RateDistortionPlot.Render(ours, table.Curves)).Append("</div>");
        foreach (string note in notes) page.Append("<p><small>").Append(Escape(note)).Append("</small></p>");

        page.Append("<h2>Original, code, reconstruction</h2><div class=\"sheet\">");
        Row("original", "", i => faces.Image(i), _ => "");
        foreach (OurPoint point in ours)
        {
            Row(Text($"code, quality {point.Quality}"), "code", i => CodePicture.Draw(model.DecodeSymbols(point.Codes[i], point.Quality)), i => $"{point.Codes[i].Length} bytes");
            Row(Text($"restored, {point.Decibels:0.0} dB"), "", i => new PixelImage(faces.Width, faces.Height, faces.Channels, point.Images[i]), _ => "");
        }

        page.Append("</div><p><small>The code is drawn as its symbols, row by row: blue below zero, red above, white zero.</small></p></html>\n");
        return page.ToString();

        void Row(string title, string kind, Func<int, PixelImage> image, Func<int, string> label)
        {
            page.Append("<span>").Append(Escape(title)).Append("</span>");
            for (int i = 0; i < Columns; i++)
            {
                string data = Convert.ToBase64String(ImageFile.EncodePng(image(i)));
                page.Append(Text($"<div class=\"{kind}\"><img alt=\"\" width=\"{CellSide}\" src=\"data:image/png;base64,{data}\">{label(i)}</div>"));
            }
        }
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
