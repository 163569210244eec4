using System.Text.RegularExpressions;
using Codec.Tests.Shared;

namespace CodecServer.Tests.Telemetry;

/// <summary>The documents name the metrics that a server has, all of them and no others.</summary>
[Collection<WorkedServerTests>]
public sealed partial class MetricsReferenceTests(WorkedServer server)
{
    [Fact]
    public void Reference_Metrics_AreThoseOfTheServer() =>
        Assert.Equal(
            server.Scrape.Types.Keys.Where(name => name.StartsWith("codec_") || name.StartsWith("rpc_")).Order(StringComparer.Ordinal),
            Rows().SelectMany(row => row.Names).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Reference_TypesAndLabels_AreThoseOfTheServer() =>
        Assert.All(
            Rows(),
            row =>
                Assert.All(
                    row.Names,
                    name =>
                    {
                        Assert.Equal((name, row.Type), (name, server.Scrape.Types[name]));
                        Assert.Empty(server.Scrape.LabelsOf(name).Except(row.Labels));
                    }
                )
        );

    private static IEnumerable<(string[] Names, string Type, string[] Labels)> Rows()
    {
        string[][] rows =
        [
            .. Repository
                .Read("docs", "operations", "metrics.md")
                .Split('\n')
                .Where(line => line.StartsWith("| `"))
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries)),
        ];
        Assert.NotEmpty(rows);
        return rows.Select(row => (Quoted(row[1]), row[2], Quoted(row[3])));
    }

    private static string[] Quoted(string text) => [.. Quotation().Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quotation();
}
