using System.Text.Json;
using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace CodecServer.Tests.Telemetry;

/// <summary>The dashboard and the alerts ask for metrics and labels that a server has, and each alert says what to do.</summary>
[Collection<WorkedServerTests>]
public sealed class OperationsFilesTests(WorkedServer server)
{
    /// <summary>Labels that Prometheus itself adds.</summary>
    private static readonly string[] Added = ["instance", "job", "le"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Parse_Expression_FindsMetricsAndLabels()
    {
        var query = Query.Parse("""sum by (le, x) (rate(a_b{c=~"d|e{", f!="g"}[5m])) > 0.01 * h or predict_linear(i[6h], 86400) < 1""");

        Assert.Equal(["a_b", "h", "i"], query.Metrics);
        Assert.Equal(["le", "x", "c", "f"], query.Labels);
    }

    [Fact]
    public void Dashboard_Panels_AreWellFormed()
    {
        JsonElement dashboard = Dashboard();
        JsonElement[] panels = [.. dashboard.GetProperty("panels").EnumerateArray()];

        Assert.True(dashboard.GetProperty("schemaVersion").GetInt32() >= 39);
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(panels.Length, panels.Select(Corner).Distinct().Count());
        Assert.All(
            panels,
            panel =>
            {
                Assert.NotEmpty(panel.GetProperty("title").GetString()!);
                Assert.InRange(Corner(panel).X + panel.GetProperty("gridPos").GetProperty("w").GetInt32(), 1, 24);
                if (panel.GetProperty("type").GetString() != "row")
                    Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            }
        );

        static (int X, int Y) Corner(JsonElement panel) =>
            (panel.GetProperty("gridPos").GetProperty("x").GetInt32(), panel.GetProperty("gridPos").GetProperty("y").GetInt32());
    }

    [Fact]
    public void Dashboard_Queries_NameMetricsOfTheServer()
    {
        string[] queries =
        [
            .. Dashboard()
                .GetProperty("panels")
                .EnumerateArray()
                .Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];

        Assert.NotEmpty(queries);
        Assert.All(queries, RequireKnown);
    }

    [Fact]
    public void Alerts_Expressions_NameMetricsOfTheServer() => Assert.All(Alerts().Select(alert => alert.Expr), RequireKnown);

    [Fact]
    public void Alerts_Each_HasASeverityASummaryAndARunbook()
    {
        string[] headings =
        [
            .. Repository.Read("docs", "operations.md").Split('\n').Where(line => line.StartsWith("### ")).Select(line => line[4..].Trim()),
        ];
        Alert[] alerts = Alerts();

        Assert.Equal(alerts.Length, alerts.Select(alert => alert.Name).Distinct().Count());
        Assert.All(
            alerts,
            alert =>
            {
                Assert.Contains(alert.Labels["severity"], (string[])["warning", "critical"]);
                Assert.NotEmpty(alert.Annotations["summary"]);
                Assert.Equal($"docs/operations.md#{alert.Name.ToLowerInvariant()}", alert.Annotations["runbook"]);
                Assert.Contains(alert.Name, headings);
            }
        );
    }

    [Fact]
    public async Task Alerts_File_PassesPromtool()
    {
        string file = Repository.PathOf("docs", "operations", "alerts.yaml");
        BufferedCommandResult? result = null;
        try
        {
            result = await Programs.Command("promtool", "check", "rules", file).RunAsync(Ct);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("promtool is not installed.");
        }

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
    }

    /// <summary>Fails if an expression names a metric that the server lacks, or a label that none of its metrics has.</summary>
    private void RequireKnown(string expression)
    {
        var query = Query.Parse(expression);
        Assert.NotEmpty(query.Metrics);
        Assert.Empty(query.Metrics.Except(server.Scrape.Names).Except(["up"]));
        Assert.Empty(
            query
                .Labels.Except(Added)
                .Except(server.Scrape.Series.Where(series => query.Metrics.Contains(series.Name)).SelectMany(s => s.Labels.Keys))
        );
    }

    private static JsonElement Dashboard() => JsonDocument.Parse(Repository.Read("docs", "operations", "dashboard.json")).RootElement;

    private static Alert[] Alerts()
    {
        RuleFile file = new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .Build()
            .Deserialize<RuleFile>(Repository.Read("docs", "operations", "alerts.yaml"));
        return [.. file.Groups.SelectMany(group => group.Rules)];
    }

    internal sealed class RuleFile
    {
        public List<RuleGroup> Groups { get; set; } = [];
    }

    internal sealed class RuleGroup
    {
        public string Name { get; set; } = "";

        public List<Alert> Rules { get; set; } = [];
    }

    internal sealed class Alert
    {
        [YamlMember(Alias = "alert")]
        public string Name { get; set; } = "";

        public string Expr { get; set; } = "";

        public string For { get; set; } = "";

        public Dictionary<string, string> Labels { get; set; } = [];

        public Dictionary<string, string> Annotations { get; set; } = [];
    }
}
