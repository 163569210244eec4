using System.Globalization;
using Codec.Bench.Load;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Tests.Shared;
using Spectre.Console;

namespace Codec.Bench.Abuse;

/// <summary>
/// Runs every attack on one server at once for two minutes, beside a well-behaved client: the process lives, its memory stays bounded and
/// comes back, and the client is served.
/// </summary>
/// <remarks>
/// The server has the options of k8s/base, and the heap that .NET takes in a container of 1 GiB and two processors: three quarters of it.
/// Memory is the resident set, which a container's limit counts too.
/// </remarks>
internal sealed class AbuseSuite(IAnsiConsole console, string output)
{
    /// <summary>Versions that idle streams name.</summary>
    public const int Versions = 16;

    private const double MostPeak = 700 << 20;
    private const double MostAfter = 250 << 20;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Abused = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(45);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        console.WriteLine("A server with the options of k8s/base, and the heap limit of a container of 1 GiB (no cgroup is used)…");
        var environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x30000000", ["DOTNET_PROCESSOR_COUNT"] = "2" };
        foreach (string line in await File.ReadAllLinesAsync(Repository.PathOf("k8s", "base", "server.env"), cancellationToken))
        {
            if (line.StartsWith("Codec__Coding", StringComparison.Ordinal) || line.StartsWith("Codec__Models", StringComparison.Ordinal))
                environment[line.Split('=')[0]] = line.Split('=')[1];
        }

        await using ServiceProcess service = await ServiceProcess.StartAsync(
            Path.Combine(output, "service"),
            cancellationToken,
            environment: environment
        );
        using CodecModel small = CodecModel.Load(SmallModel.Create());
        using CodecClient client = service.Connect(new SocketCounter());
        await PrepareAsync(client, cancellationToken);
        using CodecModel photos = await client.GetLocalModelAsync("photos", withEncoder: true, cancellationToken: cancellationToken);
        var good = new GoodClient(service.Address, small);
        await good.RunAsync(Quiet, cancellationToken);
        GoodCalls quiet = await good.RunAsync(Quiet, cancellationToken);
        double median = Quantile.Of(quiet.Times, 0.5);
        console.WriteLine(Text($"quiet: {service.Bytes >> 20} MiB, p50 {median:0.00} ms, p99 {Quantile.Of(quiet.Times, 0.99):0.00} ms"));

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attacks = new Attacks(service.Address, photos, end.Token);
        Task[] running =
        [
            .. attacks.All.Select((attack, i) => Task.Run(() => attacks.RunAsync(attack.RunAsync, $"127.0.1.{i + 1}"), cancellationToken)),
        ];
        GoodCalls abused = await good.RunAsync(Abused, cancellationToken);
        await end.CancelAsync();
        await Task.WhenAll(running);
        foreach ((string failure, int count) in abused.Failures)
            console.WriteLine(Text($"  {count} × {failure}"));
        long peak = service.PeakBytes;
        await Task.Delay(Rest, cancellationToken);
        long after = service.Bytes;
        double p99 = Quantile.Of(abused.Times, 0.99);
        await FigureTable.WriteAsync(
            console,
            [
                new Figure("abuse.peak_bytes", peak, "bytes", Text($"{peak >> 20} MiB; at most 700 MiB"), peak / MostPeak),
                new Figure("abuse.after_bytes", after, "bytes", Text($"{after >> 20} MiB; at most 250 MiB"), after / MostAfter),
                new Figure(
                    "abuse.good_success",
                    abused.Success,
                    "of calls",
                    Text($"{abused.Count} calls; at least 0.99"),
                    abused.Success / 0.99
                ),
                new Figure(
                    "abuse.good_p99_ratio",
                    p99 / median,
                    "times",
                    Text($"p99 {p99:0.0} ms; quiet p50 {median:0.00} ms; at most 10"),
                    p99 / median / 10
                ),
            ],
            Path.Combine(output, "abuse.json"),
            cancellationToken
        );
    }

    /// <summary>Publishes the models, and the channels with their codes.</summary>
    private static async Task PrepareAsync(CodecClient client, CancellationToken cancellationToken)
    {
        const int Side = 2048;
        await LiveModel.PublishAsync(client, SmallModel.Create(), cancellationToken);
        for (int i = 0; i < Versions; i++)
            await LiveModel.PublishAsync(client, SmallModel.Create($"idle-{i}"), cancellationToken);
        await client.CreateChannelAsync("small", cancellationToken: cancellationToken);
        await client.CreateChannelAsync("large", cancellationToken: cancellationToken);
        await using (
            ChannelPublisher publisher = await client.OpenPublisherAsync("small", "small-8", 1, cancellationToken: cancellationToken)
        )
        {
            await publisher.PublishAsync(
                ImageSource.FromPixels(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 3),
                cancellationToken: cancellationToken
            );
        }

        await using ChannelPublisher large = await client.OpenPublisherAsync("large", "photos", 8, cancellationToken: cancellationToken);
        for (int i = 0; i < 3; i++)
            await large.PublishAsync(ImageSource.FromPixels(Attacks.Noise(Side, i), Side, Side, 3), cancellationToken: cancellationToken);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
