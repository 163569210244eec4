using Codec.Models;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Codec.Server.Hosting;

/// <summary>
/// Publishes the shipped models and loads the versions of every `live` alias before the server listens, so that the first call need not
/// wait for a load.
/// </summary>
internal sealed class Readiness(
    ModelHost host,
    ShippedModels shipped,
    IModelRegistry registry,
    IChannelLog log,
    IOptions<ModelOptions> options,
    Drain drain,
    ILogger<Readiness> logger
) : IHostedLifecycleService, IHealthCheck
{
    /// <summary>The name of this check.</summary>
    public const string CheckName = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            drain.HasBegun
                ? HealthCheckResult.Unhealthy("The server is draining.")
                : HealthCheckResult.Healthy("The store is open and the live models are loaded.")
        );

    /// <summary>Runs before any hosted service starts, Kestrel included.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await shipped.PublishAsync(cancellationToken);
        int recovered = await RecoverAsync(cancellationToken);
        int channels = (await log.ListAsync(cancellationToken)).Count;
        ServerLog.Ready(logger, recovered, channels);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<int> RecoverAsync(CancellationToken cancellationToken)
    {
        int recovered = 0;
        var live = new List<(string Model, Digest Version)>();
        await foreach (ModelRecord model in registry.ReadModelsAsync(cancellationToken))
        {
            if (model.Aliases.FirstOrDefault(alias => alias.Name == ModelReference.LiveAlias) is { } alias)
            {
                host.Follow(alias);
                live.AddRange(alias.Targets.Items.Select(target => (model.Name, target.Version)));
            }
        }

        foreach ((string model, Digest version) in live.Take(options.Value.MaxLoaded))
        {
            try
            {
                using ModelLease lease = await host.AcquireAsync(version, TimeSpan.Zero, cancellationToken);
                recovered++;
            }
            catch (Exception exception) when (RequestRefusal.Of(exception) is not null)
            {
                // The server still serves the other models; a request for this one is refused with the same reason.
                ServerLog.RecoveryFailed(logger, model, exception);
            }
        }

        return recovered;
    }
}
