using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Codec.Tests.Shared;
using Grpc.Core;

namespace Codec.Client.Tests.Transport;

/// <summary>A server that starts late or restarts: which calls wait, and what an application sees.</summary>
public sealed class WaitingTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_ServerStartsLater_WaitsForItAndWarnsOnce()
    {
        string address = $"http://127.0.0.1:{Ports.Free()}";
        var log = new LogRecorder();
        using var client = new CodecClient(Impatient(address), log);
        using var observer = new Observer(client);
        Task<List<DecodedImage>> images = client.SubscribeAsync("c", SubscribeFrom.Start, Token).FirstAsync(1);
        ConnectionChangedEventArgs waiting = await observer.ReachAsync(ConnectionState.Waiting);
        await log.HasAsync(20, 5).SoonAsync();

        await using ScriptedServer server = await ScriptedServer.StartAsync(
            address,
            starting =>
            {
                starting.Models.Serve(Sender.Package);
                _ = new ScriptedChannel(starting, OneImage);
            }
        );

        Assert.Single(await images.WaitAsync(Deadline, Token));
        Assert.Equal($"Could not subscribe to c: {address} refused the connection (Connection refused).", waiting.Reason!.Message);
        Assert.Equal([ConnectionState.Connecting, ConnectionState.Waiting, ConnectionState.Connected], observer.States);
        string warning = Assert.Single(log.Of(1));
        Assert.EndsWith($": {address} refused the connection (Connection refused).", warning, StringComparison.Ordinal);
        Assert.StartsWith("Could not subscribe to c; trying again in ", warning, StringComparison.Ordinal);
        Assert.Single(log.Of(21));
    }

    [Fact]
    public async Task Subscribe_WithoutWaiting_FailsAccordingToThePolicy()
    {
        using var client = new CodecClient(Impatient($"http://127.0.0.1:{Ports.Free()}"));
        var options = new SubscribeOptions { WaitForServer = false };

        (_, UnavailableException failure) = await client
            .SubscribeAsync("c", options, Token)
            .UntilFailureAsync<DecodedImage, UnavailableException>();

        Assert.Contains("refused the connection", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.Idle, client.ConnectionState);
    }

    [Fact]
    public async Task WatchModels_ServerStartsLater_WaitsForIt()
    {
        string address = $"http://127.0.0.1:{Ports.Free()}";
        using var client = new CodecClient(Impatient(address));
        using var observer = new Observer(client);
        Task<List<ModelEvent>> events = client.WatchModelsAsync(cancellationToken: Token).FirstAsync(1);
        await observer.ReachAsync(ConnectionState.Waiting);

        await using ScriptedServer server = await ScriptedServer.StartAsync(
            address,
            starting =>
                starting.Models.OnWatch = async (stream, context) =>
                {
                    await stream.WriteAsync(
                        new V1.WatchModelsResponse
                        {
                            Alias = new V1.Alias
                            {
                                Model = "m",
                                Name = "live",
                                Revision = 1,
                            },
                        }
                    );
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
        );

        Assert.IsType<AliasMoved>(Assert.Single(await events.WaitAsync(Deadline, Token)));
    }

    [Fact]
    public async Task ConnectionState_ServerStopsAndRestarts_ChangesWithEachCall()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        using var client = new CodecClient(Impatient(server.Address));
        using var observer = new Observer(client);
        Assert.Equal(ConnectionState.Idle, client.ConnectionState);
        server.Channels.OnList = () => new V1.ListChannelsResponse();
        await client.ListChannelsAsync(Token);
        server.Channels.OnList = () => throw ScriptedServer.Status(StatusCode.Unavailable, "draining");
        await Assert.ThrowsAsync<UnavailableException>(() => client.ListChannelsAsync(Token));
        // A refusal is an answer too.
        server.Channels.OnList = () => throw ScriptedServer.Status(StatusCode.NotFound);
        await Assert.ThrowsAsync<NotFoundException>(() => client.ListChannelsAsync(Token));

        Assert.Equal(
            [
                ConnectionState.Connecting,
                ConnectionState.Connected,
                ConnectionState.Waiting,
                ConnectionState.Idle,
                ConnectionState.Connecting,
                ConnectionState.Connected,
            ],
            observer.States
        );
        Assert.Equal("draining", observer.Changes.First(change => change.State == ConnectionState.Waiting).Reason!.Message);
    }

    [Fact]
    public async Task ConnectionState_EveryTryingCallHasEnded_IsIdleWithTheReason()
    {
        string address = $"http://127.0.0.1:{Ports.Free()}";
        using var client = new CodecClient(Impatient(address));
        using var observer = new Observer(client);
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var second = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task one = client.SubscribeAsync("c", SubscribeFrom.Start, first.Token).FirstAsync(1);
        await observer.ReachAsync(ConnectionState.Waiting);

        // Calls that give up do not hide that the first one keeps trying.
        await Assert.ThrowsAsync<UnavailableException>(() => client.ListChannelsAsync(Token));
        Task two = client.SubscribeAsync("d", SubscribeFrom.Start, second.Token).FirstAsync(1);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => two);
        Assert.Equal(ConnectionState.Waiting, client.ConnectionState);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);

        ConnectionChangedEventArgs idle = await observer.ReachAsync(ConnectionState.Idle);
        Assert.Equal(ConnectionState.Idle, client.ConnectionState);
        Assert.Contains("refused the connection", idle.Reason!.Message, StringComparison.Ordinal);
        Assert.Equal([ConnectionState.Connecting, ConnectionState.Waiting, ConnectionState.Idle], observer.States);
    }

    [Fact]
    public async Task ConnectionState_CallTimeoutPassed_IsIdle()
    {
        using var server = new StrangeServer(stream => stream.CopyToAsync(Stream.Null));
        using var client = new CodecClient(
            Impatient($"http://127.0.0.1:{server.Port}") with
            {
                CallTimeout = TimeSpan.FromMilliseconds(100),
            }
        );

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => client.ListChannelsAsync(Token));

        Assert.Equal("The operation was canceled.", failure.InnerException!.Message);
        Assert.Equal(ConnectionState.Idle, client.ConnectionState);
    }

    [Fact]
    public async Task ConnectionChanged_ObserverThrows_IsLoggedAndTheCallSucceeds()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Channels.OnList = () => new V1.ListChannelsResponse();
        var log = new LogRecorder();
        using CodecClient client = Clients.Create(server.Address, log);
        client.ConnectionChanged += (_, _) => throw new InvalidOperationException("observer");

        await client.ListChannelsAsync(Token);

        Assert.Equal(2, log.Of(24).Count());
    }

    /// <summary>Options of a client that gives up after two attempts unless it waits.</summary>
    private static CodecClientOptions Impatient(string address) =>
        Clients.Options(address) with
        {
            Reconnect = new ReconnectPolicy
            {
                InitialDelay = TimeSpan.FromMilliseconds(1),
                MaxDelay = TimeSpan.FromMilliseconds(10),
                MaxAttempts = 1,
            },
        };

    private static async Task OneImage(V1.SubscribeRequest request, Sender sender)
    {
        await sender.PositionAsync(1);
        await sender.HeaderAsync(1);
        await sender.FrameAsync(1);
        await sender.StayAsync();
    }

    private sealed class Observer : IDisposable
    {
        private readonly CodecClient _client;
        private readonly ConcurrentDictionary<ConnectionState, TaskCompletionSource<ConnectionChangedEventArgs>> _reached = new();

        public Observer(CodecClient client)
        {
            _client = client;
            client.ConnectionChanged += Observe;
        }

        public ConcurrentQueue<ConnectionChangedEventArgs> Changes { get; } = new();

        public IEnumerable<ConnectionState> States => Changes.Select(change => change.State);

        public Task<ConnectionChangedEventArgs> ReachAsync(ConnectionState state) => Signal(state).Task.WaitAsync(Deadline, Token);

        public void Dispose() => _client.ConnectionChanged -= Observe;

        private void Observe(object? sender, ConnectionChangedEventArgs change)
        {
            Assert.Same(_client, sender);
            Changes.Enqueue(change);
            Signal(change.State).TrySetResult(change);
        }

        private TaskCompletionSource<ConnectionChangedEventArgs> Signal(ConnectionState state) =>
            _reached.GetOrAdd(
                state,
                _ => new TaskCompletionSource<ConnectionChangedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously)
            );
    }
}
