using System.Globalization;
using System.Net;
using System.Text;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Bench.Report;

/// <summary>An HTML page in one file, with embedded pictures.</summary>
internal sealed class ReportPage
{
    private readonly StringBuilder _html = new();

    /// <summary>Begins a page.</summary>
    /// <param name="title">The title and first heading.</param>
    /// <param name="style">Styles in addition to the common ones.</param>
    public ReportPage(string title, string style)
    {
        _html.Append(
            Text(
                $$"""
                <!doctype html><html lang="en"><meta charset="utf-8"><title>Codec: {{Escape(title)}}</title>
                <style>
                body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:1120px;margin:3rem auto;padding:0 1rem}
                h1{font-weight:600;margin-bottom:.2rem} h2{font-weight:600;margin:2.5rem 0 .8rem;font-size:1.15rem}
                p{max-width:46rem} small{color:#666}
                table{border-collapse:collapse}
                td,th{padding:.25rem 1.2rem .25rem 0;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
                td:first-child,th:first-child{text-align:left} th{font-weight:600;border-bottom:1px solid #bbb}
                .ours td{font-weight:600;color:#a93226}
                {{style}}
                </style><h1>{{Escape(title)}}</h1>

                """
            )
        );
    }

    /// <summary>Adds HTML.</summary>
    public ReportPage Html(FormattableString html)
    {
        _html.Append(Text(html));
        return this;
    }

    /// <summary>Adds a paragraph in small print.</summary>
    public ReportPage Note(string text) => Html($"<p><small>{Escape(text)}</small></p>");

    /// <summary>Adds the table of a demo.</summary>
    public ReportPage Table(DemoTable table)
    {
        _html.Append("<table><tr><th>codec<th>bytes an image<th>PSNR dB<th>times smaller</tr>");
        foreach (DemoRow row in table.Rows)
        {
            _html
                .Append(row.IsOurs ? "<tr class=\"ours\">" : "<tr>")
                .AppendJoin("", row.Cells().Select(cell => $"<td>{Escape(cell)}"))
                .Append("</tr>");
        }

        _html.Append("</table>");
        return this;
    }

    /// <summary>Ends the page and returns it.</summary>
    public string End() => _html.Append("</html>\n").ToString();

    /// <summary>A data URL that contains a picture as PNG.</summary>
    public static string Address(Raster image) => $"data:image/png;base64,{Convert.ToBase64String(ImageFile.EncodePng(image))}";

    /// <summary>Escapes text for HTML.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
