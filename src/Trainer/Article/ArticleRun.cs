using System.Globalization;
using System.Text.Json;
using Codec.Trainer.Report;

namespace Codec.Trainer.Article;

/// <summary>Runs the article's experiments in their order, and writes the report.</summary>
/// <param name="workshop">The data, folder and settings that the experiments share.</param>
/// <param name="experiments">All experiments.</param>
/// <param name="chosen">Selects the experiments to run; of the others, the report shows those that an earlier run completed.</param>
internal sealed class ArticleRun(Workshop workshop, IReadOnlyList<Experiment> experiments, Func<Experiment, bool> chosen)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Runs the experiments that are not complete; the report is written after each.</summary>
    /// <param name="notice">Names the data and the machine, for the report.</param>
    /// <param name="document">A Markdown file for numbers and plots; null for none.</param>
    /// <param name="cancellationToken">Stops between two steps; a later run resumes there.</param>
    public void Run(string notice, string? document, CancellationToken cancellationToken)
    {
        var sections = new List<Section>();
        for (int i = 0; i < experiments.Count; i++)
        {
            Experiment experiment = experiments[i];
            string heading = string.Create(CultureInfo.InvariantCulture, $"[{i + 1}/{experiments.Count}] {experiment.Title}");
            if (workshop.Completed(experiment) is { } completed)
            {
                workshop.Display.Line($"{heading}: complete");
                sections.Add(completed with { Number = i + 1 });
                continue;
            }

            if (!chosen(experiment))
                continue;
            workshop.Display.Line(heading);
            WorkTime time = workshop.Start(experiment);
            Section section;
            try
            {
                section = experiment.Run(workshop, cancellationToken);
            }
            finally
            {
                time.Keep();
            }

            section = section with { Number = i + 1, Title = experiment.Title, Seconds = time.Seconds };
            time.End();
            workshop.Keep(experiment, section);
            sections.Add(section);
            Write(sections, notice);
        }

        Write(sections, notice);
        if (document is not null)
            ArticleDocument.Write(document, workshop.Folder, sections, Notice(notice, sections));
        workshop.Display.Line($"{Notice("", sections).TrimStart()} {ReportPath}");
    }

    private static string Notice(string notice, List<Section> sections) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{notice} The {sections.Count} experiments took {sections.Sum(section => section.Seconds) / 60:0.0} minutes."
        );

    private string ReportPath => Path.Combine(workshop.Folder, "report.html");

    private void Write(List<Section> sections, string notice)
    {
        File.WriteAllText(ReportPath, ArticlePage.Render(workshop.Folder, sections, Notice(notice, sections)));
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((string name, double value) in sections.SelectMany(section => section.Figures))
            figures.Add(name, value);
        File.WriteAllText(Path.Combine(workshop.Folder, "figures.json"), JsonSerializer.Serialize(figures, Json));
    }
}
