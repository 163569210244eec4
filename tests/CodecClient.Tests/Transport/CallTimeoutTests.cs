using Codec.Client.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Transport;

/// <summary>A client with another timeout shares everything else with the one that it was made from.</summary>
public sealed class CallTimeoutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WithCallTimeout_SilentServer_EndsTheCallAfterIt()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        var arrived = new SemaphoreSlim(0);
        server.Channels.OnCommit = async (_, context) =>
        {
            arrived.Release();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            throw new InvalidOperationException("not reached");
        };
        var time = new FakeTimeProvider();
        using CodecClient client = Clients.Create(server.Address, time: time);
        CodecClient patient = client.WithCallTimeout(TimeSpan.FromMinutes(5));
        Assert.Equal(client.Options with { CallTimeout = TimeSpan.FromMinutes(5) }, patient.Options);

        Task<ConsumerInfo> late = client.CommitAsync("faces", "viewer", 1, Token);
        Task<ConsumerInfo> waiting = patient.CommitAsync("faces", "viewer", 1, Token);
        Assert.True(await arrived.WaitAsync(TimeSpan.FromMinutes(1), Token) && await arrived.WaitAsync(TimeSpan.FromMinutes(1), Token));
        time.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<UnavailableException>(() => late.SoonAsync());
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Contains(
            "300 s",
            (await Assert.ThrowsAsync<UnavailableException>(() => waiting.SoonAsync())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task WithCallTimeout_Disposed_LeavesTheOriginalOpenAndEndsWithIt()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnListModels = _ => new V1.ListModelsResponse();
        CodecClient client = Clients.Create(server.Address);
        CodecClient patient = client.WithCallTimeout(TimeSpan.FromMinutes(5));

        patient.Dispose();
        await patient.PingAsync(Token);
        Assert.Equal(ConnectionState.Connected, client.ConnectionState);
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => patient.PingAsync(Token));
    }

    [Fact]
    public void WithCallTimeout_OutOfRange_NamesTheRange()
    {
        using CodecClient client = Clients.Create("http://127.0.0.1:1");
        var exception = Assert.Throws<ArgumentException>(() => client.WithCallTimeout(TimeSpan.Zero));
        Assert.Contains("CallTimeout is '00:00:00'; allowed: above 0 and at most a day", exception.Message, StringComparison.Ordinal);
    }
}
