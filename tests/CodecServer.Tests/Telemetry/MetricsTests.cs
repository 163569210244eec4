using System.Buffers;
using Codec.Server.Network;
using Codec.Server.Telemetry.Gauges;
using CodecServer.Tests.Infrastructure;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;

namespace CodecServer.Tests.Telemetry;

/// <summary>What a Prometheus server reads from a server process that has done each kind of work.</summary>
[Collection<WorkedServerTests>]
public sealed class MetricsTests(WorkedServer server)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Scrape_ServerThatWorked_CountsTheWork()
    {
        Scrape scrape = server.Scrape;
        const int Pixels = WorkingServer.Side * WorkingServer.Side;
        Assert.Equal(3, scrape.Sum("codec_images_total", ("codec_operation", "encode"), ("codec_model", WorkingServer.Model)));
        Assert.Equal(1, scrape.Sum("codec_images_total", ("codec_operation", "decode")));
        Assert.Equal(1, scrape.Sum("codec_images_total", ("codec_operation", "check")));
        Assert.Equal(3 * Pixels, scrape.Sum("codec_pixels_total", ("codec_operation", "encode")));
        Assert.Equal(3 * 3 * Pixels, scrape.Sum("codec_code_bytes_total") + scrape.Sum("codec_saved_bytes_total"));
        Assert.Equal(1, scrape.Sum("codec_refusals_total", ("codec_operation", "encode"), ("error_type", "INVALID_FIELD")));
        foreach (string stage in (string[])["admission", "queue", "read", "analysis", "coding", "decode", "check", "append"])
            Assert.True(scrape.Sum("codec_stage_duration_seconds_count", ("codec_stage", stage)) > 0, stage);

        Assert.Equal(
            1,
            scrape.Sum(
                "rpc_server_call_duration_seconds_count",
                ("rpc_system_name", "grpc"),
                ("rpc_method", "codec.v1.CodecService/Encode"),
                ("rpc_response_status_code", "INVALID_ARGUMENT")
            )
        );
        Assert.Equal(1, scrape.Sum("codec_call_active", ("rpc_method", "codec.v1.ChannelService/Subscribe")));
        Assert.Equal(0, scrape.Sum("codec_call_active", ("rpc_method", "codec.v1.ChannelService/Publish")));
        Assert.Equal(2, scrape.Sum("codec_models_loaded"));
        Assert.Equal(2, scrape.Sum("codec_model_load_duration_seconds_count", ("codec_result", "loaded")));
        Assert.True(scrape.Sum("codec_chore_duration_seconds_count", ("codec_chore", "channels"), ("codec_result", "done")) > 0);
        Assert.InRange(
            scrape.Sum("codec_certificate_remaining_seconds"),
            TimeSpan.FromDays(9).TotalSeconds,
            TimeSpan.FromDays(10).TotalSeconds
        );
        Assert.Contains("live", scrape.Of("codec_health").Select(check => check.Labels["codec_health_check"]));
        Assert.All(scrape.Of("codec_health"), check => Assert.Equal(1, check.Value));
        Assert.Equal(2, scrape.Sum("codec_consumer_lag", ("codec_channel", "faces"), ("codec_consumer", "viewer")));
        Assert.InRange(scrape.Sum("codec_consumer_age_seconds", ("codec_consumer", "viewer")), double.Epsilon, 60);
        Assert.True(scrape.Sum("codec_channel_size_bytes", ("codec_channel", "faces")) > 0);
        Assert.True(scrape.Sum("codec_store_size_bytes", ("codec_store_part", "blobs")) > 1 << 20);
        Assert.True(scrape.Sum("codec_store_free_bytes") > 0);
        Assert.Equal(64 << 20, scrape.Sum("codec_budget_limit_bytes", ("codec_budget", "requests")));
        Assert.Equal(0, scrape.Sum("codec_budget_used_bytes", ("codec_budget", "requests")));
        Assert.True(scrape.Sum("codec_model_uses_total", ("codec_result", "hit")) > 0);
        Assert.True(scrape.Sum("dotnet_process_memory_working_set_bytes") > 0);
    }

    [Fact]
    public async Task Scrape_ConnectionThatHoldsBytes_CountsThem()
    {
        await using TestServer other = await TestServer.StartAsync(
            "--operations-listen",
            "http://127.0.0.1:0",
            "--buffer-bytes",
            "2097152"
        );
        var connection = new DefaultConnectionContext();
        using IDisposable counted = other.App.Services.GetRequiredService<ConnectionBuffers>().Enter(connection, "10.0.0.1");
        MemoryPool<byte> pool = connection.Features.Get<IMemoryPoolFeature>()!.MemoryPool;
        IMemoryOwner<byte>[] blocks = [.. Enumerable.Range(0, 25).Select(_ => pool.Rent())];

        Scrape scrape = await Scrape.OfAsync(other.OperationsAddress!, Ct);

        Array.ForEach(blocks, block => block.Dispose());
        Assert.Equal(2 << 20, scrape.Sum("codec_budget_limit_bytes", ("codec_budget", "connections")));
        Assert.InRange(scrape.Sum("codec_budget_used_bytes", ("codec_budget", "connections")), 25 * 4096, 1 << 20);
    }

    [Fact]
    public async Task Scrape_AnotherServerInTheProcess_HasNothingOfIt()
    {
        await using TestServer other = await TestServer.StartAsync();
        await other.Channels.CreateChannelAsync(new() { Name = "of-another" }, Rpc.Options);
        await using TestServer own = await TestServer.StartAsync("--operations-listen", "http://127.0.0.1:0");
        await own.Channels.CreateChannelAsync(new() { Name = "own" }, Rpc.Options);

        Scrape scrape = await Scrape.OfAsync(own.OperationsAddress!, Ct);

        Assert.Equal(["own"], scrape.Of("codec_channel_size_bytes").Select(series => series.Labels["codec_channel"]));
        Assert.Equal(1, scrape.Sum("rpc_server_call_duration_seconds_count"));
    }

    [Fact]
    public async Task Scrape_ManyChannelsAndConsumers_KeepsToTheBoundsOfLabels()
    {
        const int Many = StoreGauges.MaxConsumers + 10;
        await using TestServer crowded = await TestServer.StartAsync("--operations-listen", "http://127.0.0.1:0");
        await Task.WhenAll(
            Enumerable
                .Range(0, Many)
                .Select(async i =>
                {
                    await crowded.Channels.CreateChannelAsync(new() { Name = $"channel-{i}" }, Rpc.Options);
                    await crowded.Channels.CommitConsumerAsync(
                        new()
                        {
                            Channel = $"channel-{i}",
                            Consumer = "viewer",
                            NextSequence = 1,
                        },
                        Rpc.Options
                    );
                })
        );

        Scrape scrape = await Scrape.OfAsync(crowded.OperationsAddress!, Ct);

        Assert.Equal(Many, scrape.Sum("codec_channels"));
        Assert.Equal(StoreGauges.MaxChannels, scrape.Of("codec_channel_size_bytes").Count());
        Assert.Equal(StoreGauges.MaxConsumers, scrape.Of("codec_consumer_lag").Count());
        Assert.All(scrape.Types.Keys.Where(name => name.StartsWith("codec_")), name => Assert.Contains(name, scrape.Described));

        // Calls, stages, budgets: what has no name of a caller is bounded by our code.
        Assert.InRange(scrape.Series.Count, 300, 1500);
    }
}
