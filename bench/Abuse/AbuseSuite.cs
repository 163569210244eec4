using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Tests.Abuse;
using Codec.Tests.Shared.Processes;
using Spectre.Console;

namespace Codec.Bench.Abuse;

/// <summary>
/// Runs attacks on one server at once, beside a well-behaved client: those by content for two minutes, then those by the number of
/// connections and calls. The process lives, its memory stays bounded and comes back, and the client is served.
/// </summary>
/// <remarks>
/// The server has the options of k8s/base and runs in a control group of 1 GiB, whose limit ends it as that of a container does. Without
/// one the suite refuses to run: its figures would say nothing about a pod.
/// </remarks>
internal sealed class AbuseSuite(IAnsiConsole console, string output, string? only)
{
    /// <summary>Selects the attacks by number on the command line.</summary>
    public const string ByNumber = "number";

    private const long Container = 1L << 30;
    private const double MostPeak = 700 << 20;
    private const double MostAfter = 250 << 20;

    private static readonly AbuseTimes Times = new(TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(45));

    /// <summary>For one attack alone, and for those by number.</summary>
    private static readonly AbuseTimes Short = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(30));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (only is not null)
        {
            IReadOnlyList<Attack> attacks = only == ByNumber ? Attack.ByNumber : [.. Attack.All.Where(attack => attack.Name == only)];
            AbuseOutcome alone = await RunAsync(attacks, Short, cancellationToken);
            await WriteAsync([.. Figures("abuse", alone)], cancellationToken);
            return;
        }

        AbuseOutcome byContent = await RunAsync(Attack.ByContent, Times, cancellationToken);
        AbuseOutcome byNumber = await RunAsync(Attack.ByNumber, Short, cancellationToken);
        await WriteAsync(
            [
                .. Figures("abuse", byContent),
                Bytes("abuse.number_peak_bytes", byNumber.PeakBytes, MostPeak),
                Success("abuse.number_good_success", byNumber.Abused),
            ],
            cancellationToken
        );
    }

    private async Task<AbuseOutcome> RunAsync(IReadOnlyList<Attack> attacks, AbuseTimes times, CancellationToken cancellationToken)
    {
        string data = Path.Combine(output, "service");
        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
        Directory.CreateDirectory(data);
        await using MemoryGroup group = MemoryGroup.Create(Container);
        console.WriteLine($"A server in a {group.Kind} of 1 GiB, with the options of k8s/base:");
        foreach (Attack attack in attacks)
            console.WriteLine($"  {attack.Name, -12} {attack.Effect}");
        await using ServerProcess server = await ServerProcess.StartAsync(AbusedServer.Settings(group, data), cancellationToken);
        AbuseOutcome outcome = await AbuseRun.RunAsync(server, group, attacks, times, cancellationToken);
        if (server.HasExited)
            throw new BenchException($"The server ended; the kernel killed {group.Kills} processes of its group for want of memory.");
        foreach ((string failure, int count) in outcome.Abused.Failures)
            console.WriteLine(Text($"  {count} × {failure}"));
        foreach ((string kind, double[] abused) in outcome.Abused.Times)
            WriteTimes(kind, outcome.Quiet.Times[kind], abused);
        WriteTimes("disk's sync", outcome.QuietSyncs, outcome.AbusedSyncs);
        return outcome;
    }

    private Task WriteAsync(IReadOnlyList<Figure> figures, CancellationToken cancellationToken) =>
        FigureTable.WriteAsync(console, figures, Path.Combine(output, "abuse.json"), cancellationToken);

    private static IEnumerable<Figure> Figures(string name, AbuseOutcome outcome)
    {
        double median = P(outcome.Quiet.All, 0.5);
        double p99 = P(outcome.Abused.All, 0.99);
        (string worst, double[] slow) = outcome.Abused.Times.MaxBy(kind => P(kind.Value, 0.99));
        return
        [
            Bytes($"{name}.peak_bytes", outcome.PeakBytes, MostPeak),
            Bytes($"{name}.after_bytes", outcome.AfterBytes, MostAfter),
            Success($"{name}.good_success", outcome.Abused),
            new Figure(
                $"{name}.good_p99_ratio",
                p99 / median,
                "times",
                Text($"p99 {p99:0.0} ms; quiet p50 {median:0.00} ms, p99 {P(outcome.Quiet.All, 0.99):0.0} ms; at most 10; the worst is ")
                    + Text($"{worst} with {P(slow, 0.99):0.0} ms, while a sync of the disk took {P(outcome.AbusedSyncs, 0.99):0.0} ms"),
                p99 / median / 10
            ),
        ];
    }

    private static Figure Success(string name, GoodCalls calls) =>
        new(name, calls.Success, "of calls", Text($"{calls.Count} calls; at least 0.99"), calls.Success / 0.99);

    private void WriteTimes(string what, double[] quiet, double[] abused) =>
        console.WriteLine(
            Text($"  {what, -12} quiet p50 {P(quiet, 0.5):0.00} ms, p99 {P(quiet, 0.99):0.0} ms; abused ")
                + Text($"p50 {P(abused, 0.5):0.00} ms, p99 {P(abused, 0.99):0.0} ms")
        );

    private static double P(double[] times, double part) => Quantile.Of(times, part);

    private static Figure Bytes(string name, long bytes, double most) =>
        new(name, bytes, "bytes", Text($"{bytes >> 20} MiB; at most {(long)most >> 20} MiB"), bytes / most);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
