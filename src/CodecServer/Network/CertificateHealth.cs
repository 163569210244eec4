using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Network;

/// <summary>Whether clients can trust the certificate in use: the service <c>certificate</c> of the health protocol.</summary>
internal sealed class CertificateHealth(ServerTls tls) : IHealthCheck
{
    /// <summary>The name of this check.</summary>
    public const string CheckName = "certificate";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            tls.Problem is { } problem ? HealthCheckResult.Unhealthy(problem)
            : tls.NotAfter is { } end ? HealthCheckResult.Healthy($"The certificate is valid until {end:u}.")
            : HealthCheckResult.Healthy("The public endpoint does not use TLS.")
        );
}
