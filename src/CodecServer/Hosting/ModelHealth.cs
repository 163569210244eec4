using Codec.Server.Models;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Hosting;

/// <summary>Whether every version that was requested can be loaded: the service <c>models</c> of the health protocol.</summary>
internal sealed class ModelHealth(ModelHost host) : IHealthCheck
{
    /// <summary>The name of this check.</summary>
    public const string CheckName = "models";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyCollection<DamagedVersion> damaged = host.Damaged;
        return Task.FromResult(
            damaged.Count == 0
                ? HealthCheckResult.Healthy("The stored bytes of every version that was loaded are intact.")
                : HealthCheckResult.Unhealthy(
                    string.Join(" ", damaged.Select(version => $"{version.Model}@sha256:{version.Version}: {version.Problem}"))
                )
        );
    }
}
