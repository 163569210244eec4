using Codec.Client.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Client.Tests.Hosting;

public sealed class CodecHealthCheckTests
{
    [Fact]
    public async Task Check_ServerAnswers_IsHealthy()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnListModels = request => new V1.ListModelsResponse { NextPageToken = $"{request.PageSize}" };

        HealthReportEntry entry = await CheckAsync(server.Address);

        Assert.Equal((HealthStatus.Healthy, $"{server.Address}/ answers."), (entry.Status, entry.Description));
    }

    [Fact]
    public async Task Check_ServerRefuses_FailsAtOnceWithTheReason()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        int calls = 0;
        server.Models.OnListModels = _ =>
        {
            calls++;
            throw ScriptedServer.Status(StatusCode.Unavailable, "stopping");
        };

        using CodecClient client = Clients.Create(server.Address);
        var check = new CodecHealthCheck(client);
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("codec", check, HealthStatus.Degraded, null) };
        HealthCheckResult result = await check.CheckHealthAsync(context, TestContext.Current.CancellationToken);

        Assert.Equal((HealthStatus.Degraded, "stopping", 1), (result.Status, result.Description, calls));
        Assert.IsType<UnavailableException>(result.Exception);
    }

    private static async Task<HealthReportEntry> CheckAsync(string address)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddCodecClient(options => options with { Address = new Uri(address), CacheDirectory = null });
        services.AddHealthChecks().AddCheck<CodecHealthCheck>("codec", HealthStatus.Degraded);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthReport report = await provider
            .GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(TestContext.Current.CancellationToken);
        return report.Entries["codec"];
    }
}
