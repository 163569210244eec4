using Codec.Server.Stores;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Hosting;

/// <summary>Whether the store accepts writes: the service <c>store</c> of the health protocol.</summary>
internal sealed class StoreHealth(IStoreState store) : IHealthCheck
{
    /// <summary>The name of this check.</summary>
    public const string CheckName = "store";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            store.Problem is { } problem ? HealthCheckResult.Unhealthy(problem) : HealthCheckResult.Healthy("The store accepts writes.")
        );
}
