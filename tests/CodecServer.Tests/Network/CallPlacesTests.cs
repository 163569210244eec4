using Codec.Tests.Abuse;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Wire;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Telemetry;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Network;

/// <summary>How many calls an address may have at the same time, and how one counts that its caller ends.</summary>
public sealed class CallPlacesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_AddressWithItsPartOfCalls_IsRefusedUntilOneEnds()
    {
        await using TestServer server = await StartAsync(calls: 8);
        var address = new Uri(server.Address);
        using var many = new Peer(address, "127.0.0.2");
        using var other = new Peer(address, "127.0.0.3");
        List<AsyncServerStreamingCall<V1.SubscribeResponse>> calls = await SubscribeAsync(many, many, many, many);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await ListAsync(many));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Contains("calls", refused.Status.Detail, StringComparison.Ordinal);
        await ListAsync(other);

        calls[0].Dispose();
        await Waiting.UntilAsync(() => IsServedAsync(many), "A place for a call", Ct);
        calls.ForEach(call => call.Dispose());
    }

    [Fact]
    public async Task Call_AddressWithoutCallsWhileAllPlacesAreTaken_SeesBusyAndKeepsItsConnection()
    {
        await using TestServer server = await StartAsync(calls: 4);
        var address = new Uri(server.Address);
        using var first = new Peer(address, "127.0.0.2");
        using var second = new Peer(address, "127.0.0.3");
        using var third = new Peer(address, "127.0.0.4");
        await ListAsync(third);
        List<AsyncServerStreamingCall<V1.SubscribeResponse>> calls = await SubscribeAsync(first, first, second, second);

        for (int i = 0; i < 3; i++)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await ListAsync(third));
            Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        }

        calls.ForEach(call => call.Dispose());
        await Waiting.UntilAsync(() => IsServedAsync(third), "A place for a call", Ct);
    }

    [Fact]
    public async Task Publish_StreamThatTheCallerResets_CountsAsCancelled()
    {
        await using TestServer server = await TestServer.StartAsync("--operations-listen", "http://127.0.0.1:0");
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1 << 16, Ct);

        // The first message lacks most of its bytes.
        await connection.WriteAsync(
            RawConnection.OpenCall(1, "/codec.v1.ChannelService/Publish", RawCall.Frame(new byte[1000])[..500]),
            Ct
        );
        Assert.Equal(RawFrame.Headers, (await connection.NextAsync(Ct)).Type);
        await connection.ResetAsync(1, Ct);

        Scrape scrape = await Scrape.OfAsync(server.OperationsAddress!, Ct);
        await Waiting.UntilAsync(
            async () => Ended(scrape = await Scrape.OfAsync(server.OperationsAddress!, Ct)) == 1,
            "The end of the call",
            Ct
        );
        Assert.Equal(1, Ended(scrape, ("rpc_response_status_code", "CANCELLED")));
    }

    private static double Ended(Scrape scrape, params (string, string)[] labels) =>
        scrape.Sum("rpc_server_call_duration_seconds_count", [("rpc_method", "codec.v1.ChannelService/Publish"), .. labels]);

    /// <summary>Starts a server with so many places for calls, of which an address may have half.</summary>
    private static async Task<TestServer> StartAsync(int calls)
    {
        TestServer server = await TestServer.StartAsync("--max-calls", $"{calls}", "--address-percent", "50");
        await server.Channels.CreateChannelAsync(new() { Name = "channel" }, Rpc.Options);
        return server;
    }

    /// <summary>Begins a call of each peer, which stays open.</summary>
    private static async Task<List<AsyncServerStreamingCall<V1.SubscribeResponse>>> SubscribeAsync(params Peer[] peers)
    {
        var calls = new List<AsyncServerStreamingCall<V1.SubscribeResponse>>();
        foreach (Peer peer in peers)
        {
            calls.Add(new V1.ChannelService.ChannelServiceClient(peer.Channel).Subscribe(new() { Channel = "channel" }, Rpc.Options));
            await calls[^1].ResponseHeadersAsync;
        }

        return calls;
    }

    private static async Task ListAsync(Peer peer) =>
        await new V1.ModelService.ModelServiceClient(peer.Channel).ListModelsAsync(new(), Rpc.Options);

    private static async Task<bool> IsServedAsync(Peer peer)
    {
        try
        {
            await ListAsync(peer);
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }
}
