using Codec.Client.Tests.Infrastructure;
using Codec.Client.Transport;

namespace Codec.Client.Tests.Transport;

public sealed class PumpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ProducerFails_ReturnsThePrecedingItemsAndThenTheFailure()
    {
        IAsyncEnumerable<int> items = Pump.RunAsync<int>(
            2,
            async (writer, token) =>
            {
                for (int i = 0; i < 5; i++)
                    await writer.WriteAsync(i, token);
                throw new IOException("lost");
            },
            Token
        );

        (List<int> taken, IOException failure) = await items.UntilFailureAsync<int, IOException>();

        Assert.Equal([0, 1, 2, 3, 4], taken);
        Assert.Equal("lost", failure.Message);
    }

    [Fact]
    public async Task Run_ConsumerLeaves_EndsTheProducer()
    {
        var ended = new TaskCompletionSource();
        IAsyncEnumerable<int> items = Pump.RunAsync<int>(
            1,
            async (writer, token) =>
            {
                try
                {
                    for (int i = 0; ; i++)
                        await writer.WriteAsync(i, token);
                }
                finally
                {
                    ended.SetResult();
                }
            },
            Token
        );

        Assert.Equal([0, 1, 2], await items.FirstAsync(3));

        Assert.True(ended.Task.IsCompleted);
    }

    [Fact]
    public async Task Run_FullQueue_HoldsTheProducerUntilTheConsumerTakes()
    {
        int written = 0;
        var third = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IAsyncEnumerable<int> items = Pump.RunAsync<int>(
            2,
            async (writer, token) =>
            {
                while (writer.TryWrite(written))
                    written++;
                third.SetResult();
                await writer.WriteAsync(written, token);
            },
            Token
        );
        await using IAsyncEnumerator<int> taken = items.GetAsyncEnumerator(Token);
        ValueTask<bool> first = taken.MoveNextAsync();
        await third.Task.SoonAsync();

        // The item that waits for room, and those in the queue.
        Assert.InRange(written, 2, 3);
        Assert.True(await first);
        for (int i = 0; i < written; i++)
            Assert.True(await taken.MoveNextAsync());
        Assert.False(await taken.MoveNextAsync());
    }

    [Fact]
    public async Task Run_Cancelled_EndsTheProducerAndThrowsForTheToken()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool ended = false;
        IAsyncEnumerable<int> items = Pump.RunAsync<int>(
            1,
            async (_, token) =>
            {
                started.SetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, token);
                }
                finally
                {
                    ended = true;
                }
            },
            stop.Token
        );
        Task<List<int>> all = items.ToListAsync(Token).AsTask();
        await started.Task.SoonAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all.SoonAsync());
        Assert.True(ended);
    }
}
