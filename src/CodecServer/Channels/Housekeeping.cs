using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>
/// Sweeps the channel log periodically while the server runs. A sweep that fails is logged, and the next one tries again.
/// </summary>
internal sealed class Housekeeping(IChannelLog log, IOptions<ChannelOptions> options, TimeProvider time, ILogger<Housekeeping> logger)
    : BackgroundService
{
    private readonly PeriodicTimer _timer = new(TimeSpan.FromSeconds(options.Value.SweepSeconds), time);

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await log.SweepAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                ServerLog.SweepFailed(logger, exception);
            }
        }
    }
}
