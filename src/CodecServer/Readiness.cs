using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Codec.Server;

/// <summary>Publishes what comes with the server, loads what `live` points to, then says that the server is ready; until then, and while draining, it is not.</summary>
internal sealed class Readiness(
    ModelHost host, ShippedModels shipped, IModelRegistry registry, IChannelLog log, IOptions<ModelOptions> options, Drain drain, ILogger<Readiness> logger)
    : BackgroundService, IHealthCheck
{
    private volatile bool _ready;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        drain.HasBegun ? HealthCheckResult.Unhealthy("The server drains.")
        : _ready ? HealthCheckResult.Healthy("The store is open and the live models are loaded.")
        : HealthCheckResult.Unhealthy("The live models are being loaded."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await shipped.PublishAsync(stoppingToken);
            int recovered = await RecoverAsync(stoppingToken);
            int channels = (await log.ListAsync(stoppingToken)).Count;
            _ready = true;
            ServerLog.Ready(logger, recovered, channels);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The host stops and logs why; whoever started the process must see that it failed.
            Environment.ExitCode = 1;
            throw;
        }
    }

    private async Task<int> RecoverAsync(CancellationToken cancellationToken)
    {
        int recovered = 0;
        IEnumerable<ModelRecord> live = (await registry.ListModelsAsync(cancellationToken))
            .Where(model => model.Aliases.Any(alias => alias.Name == ModelReference.LiveAlias));
        foreach (ModelRecord model in live.Take(options.Value.MaxLoaded))
        {
            try
            {
                using ModelLease lease = await host.AcquireAsync(model.Name, cancellationToken);
                recovered++;
            }
            catch (RequestException exception)
            {
                // The others can still be served; whoever asks for this one is told why not.
                ServerLog.RecoveryFailed(logger, model.Name, exception);
            }
        }

        return recovered;
    }
}
