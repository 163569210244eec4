namespace Codec.Trainer.Article;

/// <summary>The results of one experiment, as the report shows them.</summary>
internal sealed record Section
{
    /// <summary>The number of the experiment in the article's order, from 1.</summary>
    public int Number { get; init; }

    /// <summary>The heading.</summary>
    public string Title { get; init; } = "";

    /// <summary>The paragraphs of text.</summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    /// <summary>The article's numbers and ours.</summary>
    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];

    /// <summary>Measurements of several runs, one a row; null if there is one run.</summary>
    public TextTable? Table { get; init; }

    /// <summary>Pictures and plots, in order.</summary>
    public IReadOnlyList<Illustration> Illustrations { get; init; } = [];

    /// <summary>Measurements by name, for benchmarks.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>The model files that the experiment wrote.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The experiment's time in seconds, over all runs that worked on it.</summary>
    public double Seconds { get; init; }

    /// <summary>The tables: comparisons first.</summary>
    public IEnumerable<TextTable> Tables()
    {
        if (Comparisons.Count > 0)
        {
            yield return new TextTable(
                ["", "the article", "here"],
                [.. Comparisons.Select(row => new[] { row.What, row.Article, row.Ours })]
            );
        }

        if (Table is not null)
            yield return Table;
    }
}

/// <summary>A table of text.</summary>
/// <param name="Columns">The columns' headings.</param>
/// <param name="Rows">A cell for each column.</param>
internal sealed record TextTable(string[] Columns, string[][] Rows);

/// <summary>A number of the article and ours.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Article">The article's value or statement; a dash if it gives none.</param>
/// <param name="Ours">The value measured here.</param>
internal sealed record Comparison(string What, string Article, string Ours);

/// <summary>A picture or plot.</summary>
/// <param name="File">A PNG file in the article's folder.</param>
/// <param name="Caption">The text below it, and in its place where it is not shown.</param>
/// <param name="IsPlot">Whether it is a plot: it shows no person, so the documentation may contain it.</param>
internal sealed record Illustration(string File, string Caption, bool IsPlot = false);
