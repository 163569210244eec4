using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tests.Abuse;

/// <summary>How long the parts of a run take.</summary>
/// <param name="Quiet">The well-behaved client alone, once to warm up and once to measure.</param>
/// <param name="Abused">The client beside the attacks.</param>
/// <param name="Rest">After all of them, before memory is read.</param>
public sealed record AbuseTimes(TimeSpan Quiet, TimeSpan Abused, TimeSpan Rest);

/// <summary>What a run showed.</summary>
/// <param name="Quiet">The client's calls while nothing else happened.</param>
/// <param name="Abused">Its calls beside the attacks.</param>
/// <param name="PeakBytes">Most memory that the server had.</param>
/// <param name="AfterBytes">What it had after the rest.</param>
/// <param name="QuietSyncs">Milliseconds that the disk took for a sync meanwhile.</param>
/// <param name="AbusedSyncs">Milliseconds that it took beside the attacks.</param>
public sealed record AbuseOutcome(
    GoodCalls Quiet,
    GoodCalls Abused,
    long PeakBytes,
    long AfterBytes,
    double[] QuietSyncs,
    double[] AbusedSyncs
);

/// <summary>Runs attacks on one server at once beside a well-behaved client.</summary>
public static class AbuseRun
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Prepares a server, attacks it, and lets it rest.</summary>
    /// <param name="server">Started with <see cref="AbusedServer.Settings"/>.</param>
    /// <param name="group">Its control group; null if it has none: then only its resident set counts.</param>
    /// <param name="attacks">The attacks.</param>
    /// <param name="times">How long each part takes.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<AbuseOutcome> RunAsync(
        ServerProcess server,
        MemoryGroup? group,
        IReadOnlyList<Attack> attacks,
        AbuseTimes times,
        CancellationToken cancellationToken
    )
    {
        var address = new Uri(server.Address);
        await AbusedServer.PrepareAsync(address, cancellationToken);
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        var good = new GoodClient(address, model);
        await good.RunAsync(times.Quiet, cancellationToken);
        await using var probe = new SyncProbe(Path.GetDirectoryName(server.DataDirectory)!);
        GoodCalls quiet = await good.RunAsync(times.Quiet, cancellationToken);
        double[] quietSyncs = probe.Take();

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<long> watching = WatchAsync(server, group, end.Token);
        GoodCalls abused;
        double[] abusedSyncs;
        try
        {
            await using Attackers attackers = await Attackers.StartAsync(address, attacks, cancellationToken);
            probe.Take();
            abused = await good.RunAsync(times.Abused, cancellationToken);
            abusedSyncs = probe.Take();
            await attackers.StopAsync();
        }
        finally
        {
            await end.CancelAsync();
        }

        long peak = await watching;
        if (!server.HasExited)
            await Task.Delay(times.Rest, cancellationToken);

        long after = server.HasExited ? 0 : BytesOf(server, group);
        return new AbuseOutcome(quiet, abused, peak, after, quietSyncs, abusedSyncs);
    }

    /// <summary>
    /// The larger of what the process has resident and what its group cannot give back: the first includes files that others have mapped,
    /// the second buffers of the kernel.
    /// </summary>
    private static long BytesOf(ServerProcess server, MemoryGroup? group) => Math.Max(server.Bytes, group?.WorkingSet ?? 0);

    private static async Task<long> WatchAsync(ServerProcess server, MemoryGroup? group, CancellationToken end)
    {
        long peak = 0;
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
            {
                if (server.HasExited)
                    break;
                peak = Math.Max(peak, Math.Max(server.PeakBytes, BytesOf(server, group)));
            } while (await timer.WaitForNextTickAsync(end));
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException && server.HasExited)
        {
            // It ended between the two lines.
        }

        return peak;
    }
}
