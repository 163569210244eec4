namespace Codec.Client.Tests.Infrastructure;

/// <summary>A scripted server, a client of it, and the publishers that a test opens.</summary>
internal sealed class PublisherBench : IAsyncDisposable
{
    public const string Channel = "faces";
    public const int Quality = 1;

    private PublisherBench(ScriptedServer server, CodecClient client, LogRecorder log) => (Server, Client, Log) = (server, client, log);

    public ScriptedServer Server { get; }

    public CodecClient Client { get; }

    public LogRecorder Log { get; }

    /// <summary>Starts the server with a script for each publishing stream.</summary>
    public static Task<PublisherBench> StartAsync(params Func<PublishCall, Task>[] scripts) =>
        StartAsync(TimeProvider.System, options => options, scripts);

    /// <summary>Starts the server with a script for each publishing stream.</summary>
    /// <param name="time">The client's clock: with a fake one, timeouts and delays pass only when the test advances it.</param>
    /// <param name="configure">Changes the client's options.</param>
    /// <param name="scripts">The scripts.</param>
    public static async Task<PublisherBench> StartAsync(
        TimeProvider time,
        Func<CodecClientOptions, CodecClientOptions> configure,
        params Func<PublishCall, Task>[] scripts
    )
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Channels.Publishing(scripts);
        var log = new LogRecorder();
        return new PublisherBench(server, new CodecClient(configure(Clients.Options(server.Address)), log, time), log);
    }

    public Task<ChannelPublisher> OpenAsync(PublisherOptions? options = null) =>
        Client.OpenPublisherAsync(Channel, "small-8", Quality, options, TestContext.Current.CancellationToken).SoonAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>Common steps of publisher tests.</summary>
internal static class Publishers
{
    /// <summary>Publishes an image, a different one for each seed.</summary>
    public static Task<Acknowledgement> PublishSoonAsync(this ChannelPublisher publisher, int seed) =>
        publisher.PublishAsync(Clients.Source(seed), cancellationToken: TestContext.Current.CancellationToken).SoonAsync();

    /// <summary>Sends an image, a different one for each seed.</summary>
    public static Task<Sent> SendAsync(this ChannelPublisher publisher, int seed) =>
        publisher.SendImageAsync(Clients.Source(seed), cancellationToken: TestContext.Current.CancellationToken).SoonAsync();
}
