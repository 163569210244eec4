using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Client;

/// <summary>
/// Reports whether the server answers a client: <c>services.AddHealthChecks().AddCheck&lt;CodecHealthCheck&gt;("codec")</c>.
/// </summary>
/// <remarks>
/// It calls <see cref="CodecClient.PingAsync"/>, and fails with the registration's status and the reason. The registration's timeout ends a
/// check that takes longer than the service wants to wait; without one, <see cref="CodecClientOptions.CallTimeout"/> does.
/// </remarks>
/// <param name="client">The client; for a named one, create the check in a registration with a factory.</param>
public sealed class CodecHealthCheck(CodecClient client) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            await client.PingAsync(cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy($"{client.Options.Address} answers.");
        }
        catch (CodecException exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, exception.Message, exception);
        }
    }
}
