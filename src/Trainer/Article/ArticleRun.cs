using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Codec.Trainer.Report;

namespace Codec.Trainer.Article;

/// <summary>Runs the article's experiments in its order, and writes the report.</summary>
/// <param name="workshop">What they share.</param>
/// <param name="experiments">All of them.</param>
/// <param name="chosen">Which to run; the report shows what is complete of the others.</param>
internal sealed class ArticleRun(Workshop workshop, IReadOnlyList<Experiment> experiments, Func<Experiment, bool> chosen)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Runs what is not complete yet; the report holds what there is after every experiment.</summary>
    /// <param name="notice">What data are used, for the report.</param>
    /// <param name="document">A Markdown file to write numbers and plots to as well; none when null.</param>
    /// <param name="cancellationToken">Stops between two steps; a later run goes on from there.</param>
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
                sections.Add(completed);
                continue;
            }

            if (!chosen(experiment))
                continue;
            workshop.Display.Line(heading);
            long start = Stopwatch.GetTimestamp();
            Section section = experiment.Run(workshop, cancellationToken);
            section = section with { Title = experiment.Title, Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds };
            workshop.Keep(experiment, section);
            sections.Add(section);
            Write(sections, notice);
        }

        Write(sections, notice);
        if (document is not null)
            ArticleDocument.Write(document, workshop.Folder, sections, notice);
        workshop.Display.Line(
            string.Create(CultureInfo.InvariantCulture, $"{sections.Sum(section => section.Seconds) / 60:0.0} minutes in all; {ReportPath}")
        );
    }

    private string ReportPath => Path.Combine(workshop.Folder, "report.html");

    private void Write(List<Section> sections, string notice)
    {
        File.WriteAllText(ReportPath, ArticlePage.Render(workshop.Folder, sections, notice));
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((string name, double value) in sections.SelectMany(section => section.Figures))
            figures.Add(name, value);
        File.WriteAllText(Path.Combine(workshop.Folder, "figures.json"), JsonSerializer.Serialize(figures, Json));
    }
}
