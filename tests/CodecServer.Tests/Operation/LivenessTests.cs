using Codec.Server.Hosting;
using CodecServer.Tests.Infrastructure;
using Grpc.Health.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Operation;

/// <summary>A process whose memory runs out again and again must be started anew; one burst must not end it.</summary>
public sealed class LivenessTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_OneBurst_Passes()
    {
        var liveness = new Liveness(_time);

        for (int i = 0; i < 1000; i++)
            liveness.Failed();

        Assert.Equal((1, HealthStatus.Healthy), (liveness.FailedSeconds, await StatusAsync(liveness)));
    }

    [Fact]
    public async Task Check_RepeatedFailures_FailsUntilTheyAreOld()
    {
        var liveness = new Liveness(_time);
        for (int i = 1; i <= Liveness.MaxFailedSeconds; i++)
        {
            Assert.Equal(HealthStatus.Healthy, await StatusAsync(liveness));
            liveness.Failed();
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync(liveness));
        _time.Advance(TimeSpan.FromSeconds(Liveness.WindowSeconds - 50));
        Assert.Equal((Liveness.MaxFailedSeconds - 1, HealthStatus.Healthy), (liveness.FailedSeconds, await StatusAsync(liveness)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, liveness.FailedSeconds);
    }

    [Fact]
    public async Task Check_RareFailures_Passes()
    {
        var liveness = new Liveness(_time);

        for (int i = 0; i < 100; i++)
        {
            liveness.Failed();
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(HealthStatus.Healthy, await StatusAsync(liveness));
        }
    }

    /// <summary>The failures count wherever they are caught, and gRPC health and the HTTP route report them.</summary>
    [Fact]
    public async Task Server_AllocationsFail_IsNotServingAsLive()
    {
        await using TestServer server = await TestServer.StartAsync(
            ["--operations-listen", "http://127.0.0.1:0"],
            dataDirectory: null,
            configure: services => services.AddSingleton<TimeProvider>(_time)
        );
        using var client = new HttpClient();
        Assert.True((await client.GetAsync($"{server.OperationsAddress}/healthz/live", Ct)).IsSuccessStatusCode);

        for (int i = 0; i < Liveness.MaxFailedSeconds; i++)
        {
            Assert.Throws<OutOfMemoryException>(() => GC.AllocateUninitializedArray<Guid>(int.MaxValue));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        using HttpResponseMessage answer = await client.GetAsync($"{server.OperationsAddress}/healthz/live", Ct);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("Memory ran out in 5 of the last 64 seconds", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            (await server.Health.CheckAsync(new HealthCheckRequest(), Rpc.Options)).Status
        );
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.NotServing,
            (await server.Health.CheckAsync(new HealthCheckRequest { Service = Liveness.CheckName }, Rpc.Options)).Status
        );
    }

    private static async Task<HealthStatus> StatusAsync(Liveness liveness) =>
        (await liveness.CheckHealthAsync(new HealthCheckContext(), Ct)).Status;
}
