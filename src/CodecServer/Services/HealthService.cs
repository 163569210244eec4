using Codec.Server.Hosting;
using Grpc.Core;
using Grpc.Health.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Codec.Server.Services;

/// <summary>
/// The health protocol of gRPC: the checks and the models have the names of their routes below <c>/healthz</c>; the service without a name
/// is <c>ready</c>.
/// </summary>
internal sealed class HealthService(HealthStates states, Drain drain) : Health.HealthBase
{
    /// <summary>Answers the state of a service once.</summary>
    /// <exception cref="RequestException">NotFound: there is no such service.</exception>
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        await FindAsync(request, context.CancellationToken) is var status and not ServingStatus.ServiceUnknown
            ? new HealthCheckResponse { Status = status }
            : throw RequestException.NotFound("health service", request.Service);

    /// <summary>
    /// Sends the state of a service now and after each change, until the caller ends the call or the server drains. A service that does not
    /// exist may come to exist.
    /// </summary>
    /// <exception cref="RequestException">Aborted: the caller did not read a state in time. Unavailable: the server drains.</exception>
    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context
    )
    {
        using CancellationTokenSource ended = drain.Link(context.CancellationToken);
        var sent = ServingStatus.Unknown;
        while (true)
        {
            // Taken before the state is read, so that no change is missed in between.
            Task changed = states.Changed;
            ServingStatus now = await FindAsync(request, context.CancellationToken);
            if (now != sent)
                await responseStream.WriteAsync(new HealthCheckResponse { Status = sent = now });

            if (drain.HasBegun)
                throw RequestException.Draining();

            await changed.WaitAsync(ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<ServingStatus> FindAsync(HealthCheckRequest request, CancellationToken cancellationToken)
    {
        string name = request.Service.Length > 0 ? request.Service : Readiness.CheckName;
        return await states.CheckAsync(name, cancellationToken) switch
        {
            true => ServingStatus.Serving,
            false => ServingStatus.NotServing,
            null => ServingStatus.ServiceUnknown,
        };
    }
}
