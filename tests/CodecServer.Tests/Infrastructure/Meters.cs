using System.Diagnostics.Metrics;
using Codec.Server.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Meters for tests that make a part of the server themselves.</summary>
internal static class Meters
{
    private static readonly IMeterFactory Factory = new ServiceCollection()
        .AddMetrics()
        .BuildServiceProvider()
        .GetRequiredService<IMeterFactory>();

    public static ServerMeter Create(TimeProvider time) => new(Factory, time);
}
