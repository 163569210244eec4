namespace Codec.Trainer.Article;

/// <summary>What came of one of the article's steps: what the report shows.</summary>
internal sealed record Section
{
    /// <summary>Stands above it.</summary>
    public string Title { get; init; } = "";

    /// <summary>Paragraphs.</summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    /// <summary>The article's numbers beside ours.</summary>
    public IReadOnlyList<Comparison> Comparisons { get; init; } = [];

    /// <summary>What was measured of several runs, a row each; null where there is one run.</summary>
    public TextTable? Table { get; init; }

    /// <summary>Pictures and plots, in their order.</summary>
    public IReadOnlyList<Illustration> Illustrations { get; init; } = [];

    /// <summary>Numbers by name, for benchmarks.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>Model files that it made.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>How long it took.</summary>
    public double Seconds { get; init; }

    /// <summary>All that is shown as tables.</summary>
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

/// <summary>Rows of text under headings.</summary>
/// <param name="Columns">The headings.</param>
/// <param name="Rows">Each with as many cells.</param>
internal sealed record TextTable(string[] Columns, string[][] Rows);

/// <summary>A number of the article beside ours.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Article">The article's, or what it says; a dash where it gives none.</param>
/// <param name="Ours">Measured here.</param>
internal sealed record Comparison(string What, string Article, string Ours);

/// <summary>A picture or plot.</summary>
/// <param name="File">PNG in the article's folder.</param>
/// <param name="Caption">Stands below it.</param>
/// <param name="IsPlot">Whether it is a plot, which shows nobody and may be kept in the documentation.</param>
internal sealed record Illustration(string File, string Caption, bool IsPlot = false);
