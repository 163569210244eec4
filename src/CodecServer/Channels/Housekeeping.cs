using Codec.Server.Options;
using Codec.Server.Telemetry;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>
/// Runs each chore periodically while the server runs: the sweeps of log and registry, the collection of blobs. One that fails is logged,
/// does not keep the others from running, and is tried again the next time.
/// </summary>
internal sealed class Housekeeping(
    IEnumerable<Chore> chores,
    ServerMeter meter,
    IOptions<ChannelOptions> options,
    TimeProvider time,
    ILogger<Housekeeping> logger
) : BackgroundService
{
    private readonly PeriodicTimer _timer = new(TimeSpan.FromSeconds(options.Value.SweepSeconds), time);

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _timer.WaitAsync(stoppingToken))
        {
            foreach (Chore chore in chores)
                await RunAsync(chore, stoppingToken);
        }
    }

    private async Task RunAsync(Chore chore, CancellationToken cancellationToken)
    {
        long began = meter.Now;
        try
        {
            await chore.RunAsync(cancellationToken);
            meter.Chore(chore.What, began, isDone: true);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            meter.Chore(chore.What, began, isDone: false);
            ServerLog.SweepFailed(logger, chore.What, exception);
        }
    }
}
