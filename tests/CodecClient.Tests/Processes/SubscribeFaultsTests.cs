using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Codec.Client.Tests.Processes;

/// <summary>Subscribers of the real server: one that starts before it, one that enumerates twice, one under a window's context.</summary>
public sealed class SubscribeFaultsTests
{
    private const string Channel = "faces";
    private const int Quality = 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_ResultEnumeratedTwice_ReturnsEverythingTwice()
    {
        const int Images = 30;
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await PublishAsync(client, Images);
        IAsyncEnumerable<DecodedImage> images = client.SubscribeAsync(Channel, SubscribeFrom.Start, Token);

        // The first enumeration has read further than it returned.
        Assert.Equal([1, 2, 3], (await images.FirstAsync(3).SoonAsync()).Select(image => image.Sequence));
        List<DecodedImage>[] both = await Task.WhenAll(images.FirstAsync(Images), images.FirstAsync(Images)).SoonAsync();

        Assert.All(both, pass => Assert.Equal(Enumerable.Range(1, Images).Select(i => (long)i), pass.Select(image => image.Sequence)));
        Assert.Equal(both[0].Select(image => image.Pixels.ToArray()), both[1].Select(image => image.Pixels.ToArray()));
    }

    [Fact]
    public async Task Subscribe_BackgroundServiceBeforeTheServer_WaitsAndTheHostContinues()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using (CodecClient client = Clients.Create(server.Address))
            await PublishAsync(client, 2);
        await server.KillAsync();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCodecClient(_ =>
            Clients.Options(server.Address) with
            {
                // A subscription that does not wait gives up at once.
                Reconnect = new ReconnectPolicy
                {
                    InitialDelay = TimeSpan.FromMilliseconds(1),
                    MaxDelay = Clients.MaxDelay,
                    MaxAttempts = 0,
                },
            }
        );
        builder.Services.AddHostedService<Wall>().AddSingleton<ConcurrentQueue<DecodedImage>>().AddSingleton<TaskCompletionSource>();
        using IHost host = builder.Build();
        var subscriber = host.Services.GetRequiredService<CodecClient>();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        subscriber.ConnectionChanged += (_, change) =>
        {
            if (change.State == ConnectionState.Waiting)
                waiting.TrySetResult();
        };
        await host.StartAsync(Token);
        await waiting.Task.SoonAsync();

        await server.RestartAsync(Token);

        await host.Services.GetRequiredService<TaskCompletionSource>().Task.SoonAsync();
        Assert.Equal([1, 2], host.Services.GetRequiredService<ConcurrentQueue<DecodedImage>>().Select(image => image.Sequence));
        Assert.Equal(ConnectionState.Connected, subscriber.ConnectionState);
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync(Token);
    }

    /// <summary>The thread that decodes an image allocates its pixels; the caller's thread never does.</summary>
    [Fact]
    public void Subscribe_UnderASynchronizationContext_DecodesNothingOnIt()
    {
        const int Images = 10,
            Width = 800,
            Height = 600,
            Bytes = Width * Height * 3;
        using var context = new SingleThreadContext();
        context.Run(async () =>
        {
            await using ServerProcess server = await Servers.StartAsync();
            using CodecClient client = Clients.Create(server.Address);
            ModelPackage package = SmallGrid.Create();
            await Servers.PublishAsync(client, package);
            await client.CreateChannelAsync(Channel, cancellationToken: Token);
            string model = package.Manifest.Name;
            await using (ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, model, 0, cancellationToken: Token))
            {
                ImageSource image = ImageSource.FromPixels(SmallGrid.Image(Width, Height, 1), Width, Height);
                for (int i = 0; i < Images; i++)
                    await publisher.SendImageAsync(image, cancellationToken: Token);
            }

            long most = 0;
            await using IAsyncEnumerator<DecodedImage> images = client
                .SubscribeAsync(Channel, SubscribeFrom.Start, Token)
                .GetAsyncEnumerator(Token);
            for (int i = 1; i <= Images; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                ValueTask<bool> next = images.MoveNextAsync();
                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
                Assert.True(await next);
                Assert.Equal((i, Width, Height), (images.Current.Sequence, images.Current.Width, images.Current.Height));
            }

            Assert.InRange(most, 0, Bytes / 4);
        });
    }

    private static async Task PublishAsync(CodecClient client, int images)
    {
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, "small-8", Quality, cancellationToken: Token);
        for (int i = 0; i < images; i++)
            await publisher.SendImageAsync(Clients.Source(i), cancellationToken: Token);
    }

    /// <summary>Shows the first two images of the channel, as an application's service does: it catches nothing.</summary>
    private sealed class Wall(CodecClient client, ConcurrentQueue<DecodedImage> images, TaskCompletionSource full) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (DecodedImage image in client.SubscribeAsync(Channel, SubscribeFrom.Start, stoppingToken))
            {
                images.Enqueue(image);
                if (images.Count == 2)
                    full.SetResult();
            }
        }
    }
}
