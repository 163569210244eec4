using System.Globalization;
using System.Text;
using Codec.Trainer.Article;

namespace Codec.Trainer.Report;

/// <summary>Writes the article's numbers and plots as Markdown for the documentation, without pictures of people.</summary>
internal static class ArticleDocument
{
    /// <summary>Writes the document, and its plots into a folder of the same name next to it.</summary>
    /// <param name="path">The Markdown file.</param>
    /// <param name="folder">The folder of the illustrations.</param>
    /// <param name="sections">In the article's order.</param>
    /// <param name="notice">Names the data and the machine.</param>
    public static void Write(string path, string folder, IEnumerable<Section> sections, string notice)
    {
        string plots = Path.GetFileNameWithoutExtension(path);
        string plotFolder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, plots);
        Directory.CreateDirectory(plotFolder);
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            # The article, reproduced

            Written by `make article`, which runs every experiment, in less than 20 minutes on two idle cores; its report has the pictures
            too (`artifacts/article/report.html`). Sections keep the numbers of the experiments.
            {notice}


            """
        );
        foreach (Section section in sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"## {section.Number}. {section.Title}\n\n");
            foreach (string paragraph in section.Text)
                text.Append(paragraph).Append("\n\n");
            foreach (TextTable table in section.Tables())
            {
                text.Append(Row(table.Columns)).Append(Row([.. table.Columns.Select(_ => "---")]));
                foreach (string[] row in table.Rows)
                    text.Append(Row(row));
                text.Append('\n');
            }

            text.Append(CultureInfo.InvariantCulture, $"{section.Seconds:0.0} seconds.\n\n");
            foreach (Illustration plot in section.Illustrations.Where(illustration => illustration.IsPlot))
            {
                File.Copy(Path.Combine(folder, plot.File), Path.Combine(plotFolder, plot.File), overwrite: true);
                text.Append(CultureInfo.InvariantCulture, $"![{plot.Caption}]({plots}/{plot.File})\n\n");
            }
        }

        File.WriteAllText(path, text.ToString().TrimEnd() + "\n");
    }

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |\n";
}
