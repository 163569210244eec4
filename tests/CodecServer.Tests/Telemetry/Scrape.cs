using System.Globalization;
using System.Text.RegularExpressions;

namespace CodecServer.Tests.Telemetry;

/// <summary>One series of a scrape.</summary>
/// <param name="Name">The metric's name, with the suffix of its part: <c>_bucket</c>, <c>_sum</c>, <c>_count</c>.</param>
/// <param name="Labels">Names and values.</param>
/// <param name="Value">The value.</param>
internal sealed record Series(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>What a Prometheus server reads from <c>/metrics</c>, parsed; a line that is not of the text format fails.</summary>
internal sealed partial class Scrape
{
    /// <summary>The suffixes of a histogram's series.</summary>
    private static readonly string[] Parts = ["_bucket", "_sum", "_count"];

    private Scrape(IReadOnlyList<Series> series, IReadOnlyDictionary<string, string> types, IReadOnlySet<string> described)
    {
        (Series, Types, Described) = (series, types, described);
    }

    public IReadOnlyList<Series> Series { get; }

    /// <summary>Metrics → counter, gauge, histogram.</summary>
    public IReadOnlyDictionary<string, string> Types { get; }

    /// <summary>Metrics that have a description.</summary>
    public IReadOnlySet<string> Described { get; }

    /// <summary>Names of all series.</summary>
    public IReadOnlySet<string> Names => Series.Select(series => series.Name).ToHashSet();

    /// <summary>The sum of the series of a name that have these labels.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) => Of(name, labels).Sum(series => series.Value);

    /// <summary>The series of a name that have these labels.</summary>
    public IEnumerable<Series> Of(string name, params (string Name, string Value)[] labels) =>
        Series.Where(series => series.Name == name && labels.All(label => series.Labels.GetValueOrDefault(label.Name) == label.Value));

    /// <summary>The labels of a metric's series; without that of a histogram's buckets.</summary>
    public IEnumerable<string> LabelsOf(string metric) =>
        Series
            .Where(series => series.Name == metric || Parts.Any(part => series.Name == metric + part))
            .SelectMany(series => series.Labels.Keys)
            .Where(label => label != "le")
            .Distinct();

    /// <summary>Asks a server's operations endpoint.</summary>
    public static async Task<Scrape> OfAsync(string operations, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync($"{operations}/metrics", cancellationToken);
        string text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        return Parse(text);
    }

    public static Scrape Parse(string text)
    {
        var series = new List<Series>();
        var types = new Dictionary<string, string>();
        var described = new HashSet<string>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is ["#", "TYPE", var typed, var type])
            {
                types.Add(typed, type);
            }
            else if (line.Split(' ', 4) is ["#", "HELP", var helped, _])
            {
                described.Add(helped);
            }
            else if (!line.StartsWith('#'))
            {
                Match match = Line().Match(line);
                Assert.True(match.Success, line);
                series.Add(
                    new Series(
                        match.Groups["name"].Value,
                        Label()
                            .Matches(match.Groups["labels"].Value)
                            .ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value),
                        double.Parse(match.Groups["value"].Value.Replace("+Inf", "Infinity"), CultureInfo.InvariantCulture)
                    )
                );
            }
        }

        return new Scrape(series, types, described);
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][\w:]*)(\{(?<labels>.*)\})? (?<value>\S+)( \d+)?$""")]
    private static partial Regex Line();

    [GeneratedRegex("(?<name>\\w+)=\"(?<value>([^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();
}
