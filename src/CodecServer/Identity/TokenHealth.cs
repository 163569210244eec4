using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Identity;

/// <summary>Whether tokens can be checked: the service <c>tokens</c> of the health protocol.</summary>
internal sealed class TokenHealth(IssuerKeys keys) : IHealthCheck
{
    /// <summary>The name of this check.</summary>
    public const string CheckName = "tokens";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            keys.Problem is { } problem
                ? HealthCheckResult.Unhealthy(problem)
                : HealthCheckResult.Healthy("The keys of the issuer of tokens can be read, or no tokens are accepted.")
        );
}
