using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Client.Tests.Channels;

/// <summary>Where images are decoded, and how far ahead.</summary>
public sealed class SubscriptionThreadsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// The consumer's thread has a context that runs all continuations on it, as a window's context does. The thread that decodes an image
    /// allocates its pixels.
    /// </summary>
    [Fact]
    public void Subscribe_UnderASynchronizationContext_DecodesOnOtherThreads()
    {
        const int Images = 100,
            Pixels = 64 * 64 * 3;
        using var context = new SingleThreadContext();
        context.Run(async () =>
        {
            await using ScriptedServer server = await ScriptedServer.StartAsync();
            ModelPackage package = SmallGrid.Create();
            server.Models.Serve(package);
            using CodecModel model = CodecModel.Load(package);
            ReadOnlyMemory<byte> code = model.Encode(SmallGrid.Image(64, 64, 1), 64, 64, 1);
            byte[] expected = model.Decode(code.Span, 1).Samples;
            _ = new ScriptedChannel(
                server,
                async (_, sender) =>
                {
                    await sender.PositionAsync(1);
                    await sender.HeaderAsync(1, package);
                    for (int i = 1; i <= Images; i += 10)
                        await sender.RawFrameAsync(i, CodeFrame.Write(1, [.. Enumerable.Repeat(code, 10)]));
                    await sender.StayAsync();
                }
            );
            using CodecClient client = Clients.Create(server.Address);
            long allocated = 0;
            int count = 0;
            await using IAsyncEnumerator<DecodedImage> images = client
                .SubscribeAsync("c", SubscribeFrom.Start, Token)
                .GetAsyncEnumerator(Token);
            while (count < Images)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                ValueTask<bool> next = images.MoveNextAsync();
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(await next);
                Assert.True(images.Current.Pixels.Span.SequenceEqual(expected));
                count++;
            }

            // The first move allocates the subscription, and a waiting move a task; no move allocates an image.
            Assert.InRange(allocated, 0, Images * Pixels / 4);
        });
    }

    [Fact]
    public async Task Subscribe_ImagesLargerThanTheBudget_ArriveOneByOne()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        ModelPackage package = SmallGrid.Create();
        server.Models.Serve(package);
        using CodecModel model = CodecModel.Load(package);
        byte[] code = model.Encode(SmallGrid.Image(800, 600, 1), 800, 600, 0);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1, package);
                await sender.RawFrameAsync(1, CodeFrame.Write(0, [code, code]));
                await sender.RawFrameAsync(3, CodeFrame.Write(0, [code]));
                await sender.StayAsync();
            }
        );
        using var client = new CodecClient(Clients.Options(server.Address) with { ReadAheadBytes = 1 << 20 });

        List<DecodedImage> images = await client.SubscribeAsync("c", SubscribeFrom.Start, Token).FirstAsync(3);

        Assert.Equal([1, 2, 3], images.Select(image => image.Sequence));
        Assert.All(images, image => Assert.Equal((800, 600), (image.Width, image.Height)));
    }

    [Fact]
    public async Task Subscribe_TokenSetWhileItWaits_EndsWithTheToken()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Sender.Package);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync(1);
                await sender.StayAsync();
            }
        );
        using CodecClient client = Clients.Create(server.Address);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using IAsyncEnumerator<DecodedImage> images = client
            .SubscribeAsync("c", SubscribeFrom.Start, stop.Token)
            .GetAsyncEnumerator(Token);
        Assert.True(await images.MoveNextAsync());
        Task<bool> waiting = images.MoveNextAsync().AsTask();
        Assert.False(waiting.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Subscribe_ClientDisposedWhileItWaits_EndsWithThat()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                await sender.PositionAsync(1);
                await sender.StayAsync();
            }
        );
        CodecClient client = Clients.Create(server.Address);
        await using IAsyncEnumerator<DecodedImage> images = client
            .SubscribeAsync("c", SubscribeFrom.Start, Token)
            .GetAsyncEnumerator(Token);
        Task<bool> waiting = images.MoveNextAsync().AsTask();

        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }
}
