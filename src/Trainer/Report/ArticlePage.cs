using System.Globalization;
using System.Text;
using Codec.Trainer.Article;

namespace Codec.Trainer.Report;

/// <summary>Renders the article's report as one HTML file that contains its pictures and plots.</summary>
internal static class ArticlePage
{
    /// <summary>Renders the page.</summary>
    /// <param name="folder">The folder of the illustrations.</param>
    /// <param name="sections">In the article's order.</param>
    /// <param name="notice">Names the data and the machine.</param>
    public static string Render(string folder, IEnumerable<Section> sections, string notice)
    {
        var page = new StringBuilder();
        page.Append(
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Codec: the article, reproduced</title>
            <style>
            body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:1060px;margin:3rem auto;padding:0 1rem}
            h1{font-weight:600;margin-bottom:.2rem} h2{font-weight:600;margin-top:2.5rem;font-size:1.15rem}
            table{border-collapse:collapse;margin:1rem 0} td{white-space:nowrap}
            td,th{padding:.25rem 1.2rem .25rem 0;text-align:left;vertical-align:bottom;font-variant-numeric:tabular-nums}
            th{font-weight:600;border-bottom:1px solid #bbb} p{max-width:46rem} small,figcaption{color:#666;font-size:.85rem}
            figure{margin:1rem 0} img{max-width:100%}
            </style><h1>The article, reproduced</h1>
            """
        );
        page.Append($"<p>{Escape(notice)}</p>");
        foreach (Section section in sections)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{section.Number}. {Escape(section.Title)}</h2>");
            foreach (string text in section.Text)
                page.Append("<p>").Append(Escape(text)).Append("</p>");
            foreach (TextTable table in section.Tables())
            {
                page.Append("<table>").Append(Row("th", table.Columns));
                foreach (string[] row in table.Rows)
                    page.Append(Row("td", row));
                page.Append("</table>");
            }

            foreach (Illustration illustration in section.Illustrations)
            {
                string data = Convert.ToBase64String(File.ReadAllBytes(Path.Combine(folder, illustration.File)));
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"<figure><img alt=\"{Escape(illustration.Caption)}\" src=\"data:image/png;base64,{data}\">"
                        + $"<figcaption>{Escape(illustration.Caption)}</figcaption></figure>"
                );
            }

            string models = section.Models.Count == 0 ? "" : $"Model files: {string.Join(", ", section.Models)}. ";
            page.Append(CultureInfo.InvariantCulture, $"<p><small>{Escape(models)}{section.Seconds:0.0} seconds.</small></p>");
        }

        return page.Append("</html>\n").ToString();
    }

    private static string Row(string element, string[] cells) =>
        $"<tr>{string.Concat(cells.Select(cell => $"<{element}>{Escape(cell)}"))}</tr>";

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);
}
