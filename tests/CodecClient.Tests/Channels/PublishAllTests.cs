using System.Runtime.CompilerServices;
using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

public sealed class PublishAllTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PublishAll_OneRefused_ReturnsAResultForEachInOrder()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(1);
            Assert.Equal("door", (await call.NextAsync()).Info.Key);
            await call.RefuseAsync(StatusCode.InvalidArgument, "no image");
            await call.ServeAsync(2);
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        List<PublishResult> results = await publisher.PublishAllAsync(ImagesAsync(5), Token).ToListSoonAsync();
        Assert.Equal([0L, 1, 2, 3, 4], results.Select(result => result.Index));
        Assert.Equal([true, false, true, true, true], results.Select(result => result.IsStored));
        Assert.Equal([1, null, 2, 3, 4], results.Select(result => result.Acknowledgement?.FirstSequence));
        Assert.Equal("no image", Assert.IsType<InvalidRequestException>(results[1].Error).Message);
        await publisher.FlushAsync(Token).SoonAsync();
    }

    [Fact]
    public async Task PublishAll_AnswersThatComeLate_AreManyAtOnce()
    {
        const int AtOnce = 8;
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            for (int i = 0; i < AtOnce; i++)
                await call.NextAsync();
            for (int i = 0; i < AtOnce; i++)
                await call.AcknowledgeAsync(i + 1);
            await call.ServeAsync(AtOnce + 1);
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        List<PublishResult> results = await publisher.PublishAllAsync(ImagesAsync(AtOnce + 2), Token).ToListSoonAsync();
        Assert.Equal(AtOnce + 2, results.Count(result => result.IsStored));
    }

    [Fact]
    public async Task PublishAll_SourceThatThrows_ReturnsTheResultsBeforeAndThenThrows()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync);
        await using ChannelPublisher publisher = await bench.OpenAsync();
        var results = new List<PublishResult>();
        var failure = await Assert.ThrowsAsync<FileNotFoundException>(async () =>
        {
            await foreach (PublishResult result in publisher.PublishAllAsync(FailAfterAsync(3), Token))
                results.Add(result);
        });
        Assert.Equal("image 3", failure.Message);
        Assert.Equal([1L, 2, 3], results.Select(result => result.Acknowledgement!.Value.FirstSequence));
        await publisher.PublishSoonAsync(9);
    }

    [Fact]
    public async Task PublishAll_WrongKey_ThrowsBeforeItIsSent()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync);
        await using ChannelPublisher publisher = await bench.OpenAsync();
        OutgoingImage[] images = [new(Clients.Source(1)), new(Clients.Source(2), new CodeInfo { Key = "" })];
        await using IAsyncEnumerator<PublishResult> results = publisher
            .PublishAllAsync(images.ToAsyncEnumerable(), Token)
            .GetAsyncEnumerator(Token);
        Assert.True(await results.MoveNextAsync().AsTask().SoonAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => results.MoveNextAsync().AsTask().SoonAsync());
    }

    [Fact]
    public async Task PublishAll_PublisherEndsWhileTheSourceIsIdle_EndsWithoutIt()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(1);
            await call.NextAsync();
            throw ScriptedServer.Status(StatusCode.NotFound, "deleted");
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        var results = new List<PublishResult>();
        await Assert.ThrowsAsync<NotFoundException>(() =>
            Task.Run(
                    async () =>
                    {
                        await foreach (PublishResult result in publisher.PublishAllAsync(ThenIdleAsync(2, Token), Token))
                            results.Add(result);
                    },
                    Token
                )
                .SoonAsync()
        );
        Assert.Equal([true, false], results.Select(result => result.IsStored));
        Assert.IsType<NotFoundException>(results[1].Error);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task PublishAll_Cancelled_EndsThoughTheSourceIgnoresIt()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(ServeAsync);
        await using ChannelPublisher publisher = await bench.OpenAsync();
        using var cancellationToken = new CancellationTokenSource();
        await using IAsyncEnumerator<PublishResult> results = publisher
            .PublishAllAsync(ThenIdleAsync(1, Token), cancellationToken.Token)
            .GetAsyncEnumerator(Token);
        Assert.True(await results.MoveNextAsync().AsTask().SoonAsync());
        Task<bool> waiting = results.MoveNextAsync().AsTask();
        await cancellationToken.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.SoonAsync());
    }

    [Fact]
    public async Task PublishAll_LeftEarly_DisposeReportsWhatWasNotTaken()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(1);
            await call.RefuseAsync(StatusCode.InvalidArgument, "no image");
            await call.ServeAsync(2);
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        await foreach (PublishResult result in publisher.PublishAllAsync(ImagesAsync(2), Token))
        {
            Assert.True(result.IsStored);
            break;
        }

        await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.DisposeAsync().AsTask().SoonAsync());
    }

    private static async Task ServeAsync(PublishCall call)
    {
        await call.GreetAsync();
        await call.ServeAsync();
    }

    private static async IAsyncEnumerable<OutgoingImage> ImagesAsync(int count)
    {
        await Task.Yield();
        for (int i = 0; i < count; i++)
            yield return new OutgoingImage(Clients.Source(i), i == 1 ? new CodeInfo { Key = "door" } : null);
    }

    private static async IAsyncEnumerable<OutgoingImage> FailAfterAsync(int count)
    {
        await foreach (OutgoingImage image in ImagesAsync(count))
            yield return image;
        throw new FileNotFoundException($"image {count}");
    }

    /// <summary>Ignores its cancellation.</summary>
    private static async IAsyncEnumerable<OutgoingImage> ThenIdleAsync(int count, [EnumeratorCancellation] CancellationToken _ = default)
    {
        await foreach (OutgoingImage image in ImagesAsync(count))
            yield return image;
        await new TaskCompletionSource().Task;
    }
}
