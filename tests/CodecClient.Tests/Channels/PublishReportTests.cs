using Codec.Client.Tests.Infrastructure;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

/// <summary>No loss is silent: Flush or Dispose throws each failure that the caller has not seen otherwise, once.</summary>
public sealed class PublishReportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dispose_OneOfElevenRefused_StoresTheOthersAndThrowsTheRefusal()
    {
        int stored = 0;
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            for (int i = 0; i < 5; i++)
            {
                await call.NextAsync();
                await call.AcknowledgeAsync(++stored);
            }

            await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "image: the file is truncated");
            stored += (await call.ServeAsync(stored + 1)).Count;
        });
        var failure = await Assert.ThrowsAsync<InvalidRequestException>(async () =>
        {
            await using ChannelPublisher publisher = await bench.OpenAsync();
            for (int i = 0; i < 11; i++)
                await publisher.SendAsync(i);
        });
        Assert.Equal("image: the file is truncated", failure.Message);
        Assert.Equal(10, stored);
    }

    [Fact]
    public async Task Flush_SeveralRefused_ListsThemOnceAndThePublisherContinues()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(RefuseOddAsync);
        await using ChannelPublisher publisher = await bench.OpenAsync();
        for (int i = 0; i < 6; i++)
            Assert.Equal(i, (await publisher.SendAsync(i)).Index);

        var failure = await Assert.ThrowsAsync<UnacknowledgedItemsException>(() => publisher.FlushAsync(Token).SoonAsync());

        Assert.Equal((3, StatusCode.InvalidArgument), (failure.Count, failure.Status));
        Assert.Equal([(1L, "item 2"), (3, "item 4"), (5, "item 6")], failure.Failures.Select(item => (item.Index, item.Error.Message)));
        Assert.Contains("3 items sent to faces are not acknowledged; item 1: item 2", failure.Message, StringComparison.Ordinal);
        await publisher.FlushAsync(Token).SoonAsync();
        await publisher.PublishSoonAsync(6);
    }

    [Fact]
    public async Task Flush_MoreRefusedThanAreListed_CountsThemAll()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            for (int i = 0; i < 130; i++)
            {
                await call.NextAsync();
                await call.RefuseAsync(StatusCode.InvalidArgument, $"item {i}");
            }

            await call.ServeAsync();
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        for (int i = 0; i < 130; i++)
            await publisher.SendAsync(i);
        var failure = await Assert.ThrowsAsync<UnacknowledgedItemsException>(() => publisher.FlushAsync(Token).SoonAsync());
        Assert.Equal((130, UnacknowledgedItemsException.MaxFailures), (failure.Count, failure.Failures.Count));
    }

    [Fact]
    public async Task Acknowledged_Taken_IsNotReportedAgain()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(RefuseOddAsync);
        await using ChannelPublisher publisher = await bench.OpenAsync();
        Task<Acknowledgement>[] tasks = [(await publisher.SendAsync(1)).Acknowledged, (await publisher.SendAsync(2)).Acknowledged];
        await publisher.FlushAsync(Token).SoonAsync();
        Assert.Equal(1, (await tasks[0].SoonAsync()).FirstSequence);
        await Assert.ThrowsAsync<InvalidRequestException>(() => tasks[1].SoonAsync());
    }

    [Fact]
    public async Task Acknowledged_TakenAfterTheFailure_IsNotReportedAgain()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(RefuseOddAsync);
        await using ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        Sent refused = await publisher.SendAsync(2);
        await publisher.PublishSoonAsync(3);
        await Assert.ThrowsAsync<InvalidRequestException>(() => refused.Acknowledged.SoonAsync());
        await publisher.FlushAsync(Token).SoonAsync();
    }

    [Fact]
    public async Task Dispose_PublisherEnded_ThrowsTheNumberOfUnreportedLosses()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(EndAfterTwoAsync);
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        await publisher.SendAsync(2);
        var failure = await Assert.ThrowsAsync<UnacknowledgedItemsException>(() => publisher.DisposeAsync().AsTask().SoonAsync());
        Assert.Equal((2, StatusCode.NotFound), (failure.Count, failure.Status));
        Assert.IsType<NotFoundException>(failure.InnerException);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Dispose_PublisherEnded_DoesNotThrowAgainWhatASenderGot()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(EndAfterTwoAsync);
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        await Assert.ThrowsAsync<NotFoundException>(() => publisher.PublishSoonAsync(2));
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Dispose_PublisherEnded_DoesNotThrowIfTheLostItemsAreWatched()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(EndAfterTwoAsync);
        ChannelPublisher publisher = await bench.OpenAsync();
        Task<Acknowledgement> first = (await publisher.SendAsync(1)).Acknowledged;
        Sent second = await publisher.SendAsync(2);
        await Assert.ThrowsAsync<NotFoundException>(() => first.SoonAsync());
        await Assert.ThrowsAsync<NotFoundException>(() => second.Acknowledged.SoonAsync());
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Flush_RefusalsAndTheEnd_ReportsBoth()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "no image");
            await call.NextAsync();
            throw ScriptedServer.Status(StatusCode.NotFound, "the channel was deleted");
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        await publisher.SendAsync(2);
        var failure = await Assert.ThrowsAsync<UnacknowledgedItemsException>(() => publisher.FlushAsync(Token).SoonAsync());
        Assert.Equal([StatusCode.InvalidArgument, StatusCode.NotFound], failure.Failures.Select(item => item.Error.Status));
        Assert.IsType<NotFoundException>(failure.InnerException);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Flush_FrameOfSeveralCodesRefused_CountsThem()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "frame: code 1 is damaged");
            await call.ServeAsync();
        });
        await using ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { CodesPerFrame = 3 });
        for (byte i = 0; i < 3; i++)
            await publisher.SendCodeAsync(new[] { i }, cancellationToken: Token);
        var failure = await Assert.ThrowsAsync<UnacknowledgedItemsException>(() => publisher.FlushAsync(Token).SoonAsync());
        Assert.Equal((3, StatusCode.InvalidArgument), (failure.Count, failure.Status));
        Assert.Equal("frame: code 1 is damaged", Assert.IsType<InvalidRequestException>(failure.InnerException).Message);
    }

    private static async Task RefuseOddAsync(PublishCall call)
    {
        await call.GreetAsync();
        for (long i = 0; i < 6; i++)
        {
            long number = (await call.NextAsync()).ProducerSequence;
            if (i % 2 == 0)
                await call.AcknowledgeAsync(i + 1);
            else
                await call.RefuseAsync(StatusCode.InvalidArgument, $"item {number}");
        }

        await call.ServeAsync(7);
    }

    private static async Task EndAfterTwoAsync(PublishCall call)
    {
        await call.GreetAsync();
        await call.NextAsync();
        await call.NextAsync();
        throw ScriptedServer.Status(StatusCode.NotFound, "the channel was deleted");
    }
}
