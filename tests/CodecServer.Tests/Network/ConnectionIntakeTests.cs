using System.Net;
using System.Net.Sockets;
using Codec.Server.Network;
using Codec.Server.Options;
using Codec.Tests.Abuse;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Network;

/// <summary>Connections that say nothing keep neither others out, nor their own address for ever.</summary>
public sealed class ConnectionIntakeTests
{
    private const int Part = 300;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Public_SilentConnectionsOfOneAddress_HaveItsPartAndEndInTime()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using TestServer server = await TestServer.StartAsync(
            ["--max-connections", "400", "--address-percent", "75", "--first-call-seconds", "20"],
            dataDirectory: null,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        var address = new Uri(server.Address);
        using var attacker = new Peer(address, "127.0.0.2");
        using var other = new Peer(address, "127.0.0.3");
        using var late = new Peer(address, "127.0.0.2");
        var sockets = new List<Socket>();
        try
        {
            while (sockets.Count < Part)
                sockets.Add(await attacker.ConnectAsync(Cancelled));

            // The server accepts connections in their order.
            await IsRefusedAsync(attacker);
            await ListAsync(other);

            // A connection on which a call has begun stays.
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.WhenAll(sockets.Select(EndsAsync));
            await ListAsync(other);
            await ListAsync(late);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>Kestrel waits for ever for calls of a few connections, although these have ended (dotnet/aspnetcore#51307).</summary>
    [Fact]
    public async Task Closed_ConnectionWhoseServiceDoesNotEnd_HoldsNoPlaceAndNoBytes()
    {
        var time = new FakeTimeProvider();
        await using TestServer server = await TestServer.StartAsync(
            [],
            dataDirectory: null,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        IServiceProvider services = server.App.Services;
        ConnectionBuffers buffers = services.GetRequiredService<ConnectionBuffers>();
        long before = buffers.Held;
        var intake = ActivatorUtilities.CreateInstance<ConnectionIntake>(services, 1, new LimitOptions());

        Task[] served = [RunAsync(), RunAsync()];
        Assert.True(served[1].IsCompleted, "There is one place.");
        Assert.True(buffers.Held > before);
        await time.AdvanceUntilAsync(() => served[0].IsCompleted);

        Assert.Equal(before, buffers.Held);
        Assert.False(RunAsync().IsCompleted);

        async Task RunAsync()
        {
            var connection = new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 1) };
            await intake.RunAsync(
                connection,
                context =>
                {
                    _ = context.Features.Get<IMemoryPoolFeature>()!.MemoryPool.Rent();
                    context.Abort();
                    return new TaskCompletionSource().Task;
                }
            );
        }
    }

    [Fact]
    public void Count_ManyRefusals_AreLoggedOnceAMinute()
    {
        var time = new FakeTimeProvider();
        var logger = new Lines();
        var refusals = new Refusals(time, logger);

        for (int i = 0; i < 100; i++)
            refusals.Count("127.0.0.2");
        time.Advance(TimeSpan.FromMinutes(1));
        refusals.Count("127.0.0.3");

        Assert.Equal(2, logger.Texts.Count);
        Assert.StartsWith("1 connections were refused, the last one of 127.0.0.2", logger.Texts[0], StringComparison.Ordinal);
        Assert.StartsWith("100 connections were refused, the last one of 127.0.0.3", logger.Texts[1], StringComparison.Ordinal);
    }

    private static async Task ListAsync(Peer peer) =>
        await new V1.ModelService.ModelServiceClient(peer.Channel).ListModelsAsync(new V1.ListModelsRequest(), Rpc.Options);

    /// <summary>Connects, and waits until the server has closed the connection, perhaps during the client's first words.</summary>
    private static async Task IsRefusedAsync(Peer peer)
    {
        try
        {
            using Socket socket = await peer.ConnectAsync(Cancelled);
            await EndsAsync(socket);
        }
        catch (SocketException)
        {
            // Reset.
        }
    }

    /// <summary>Waits until the server has closed a connection, with or without saying anything before.</summary>
    private static async Task EndsAsync(Socket socket)
    {
        var buffer = new byte[256];
        try
        {
            while (await socket.ReceiveAsync(buffer, Cancelled).AsTask().WaitAsync(Waiting.Patience, Cancelled) > 0) { }
        }
        catch (SocketException)
        {
            // Reset.
        }
    }

    private sealed class Lines : ILogger<Refusals>
    {
        public List<string> Texts { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Texts.Add(formatter(state, exception));
    }
}
