using Codec.Server.Limits;
using Codec.Server.Network;
using Codec.Server.Stores;

namespace Codec.Server.Telemetry.Gauges;

/// <summary>Adds the gauges, which read the state of the server when an exporter asks for it.</summary>
internal sealed class StateGauges(
    ServerMeter meter,
    ServerLimits limits,
    ConnectionBuffers buffers,
    HealthGauges health,
    IStoreState state,
    IChannelLog log,
    TimeProvider time
) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LimitGauges.Add(meter.Meter, limits, buffers);
        StoreGauges.Add(meter.Meter, state, log, time);
        health.Add(meter.Meter);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
