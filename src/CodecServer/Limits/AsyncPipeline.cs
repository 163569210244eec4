using System.Runtime.CompilerServices;
using System.Threading.Channels;
using System.Threading.RateLimiting;

namespace Codec.Server.Limits;

/// <summary>Processes streams with ordered results and bounded concurrency.</summary>
internal static class AsyncPipeline
{
    /// <summary>Starts work on items as they arrive, at most a window ahead of the consumer, and yields the results in order.</summary>
    /// <remarks>
    /// Items are started one after another, never concurrently. A failure of an item or of the source surfaces after the results of all
    /// items before it; later results are dropped, and disposed of where they can be, as items are that were not started. When the
    /// enumeration ends, no work that it started is still running.
    /// </remarks>
    /// <param name="source">The items; read no further ahead than the window and one item that does not fit into it.</param>
    /// <param name="start">Starts the work on one item.</param>
    /// <param name="weigh">Returns the bytes of an item.</param>
    /// <param name="window">Results, and bytes of their items, that may wait for the consumer.</param>
    /// <param name="next">Is told, with each result, about the next one; null tells nothing.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<TResult> SelectAheadAsync<TItem, TResult>(
        this IAsyncEnumerable<TItem> source,
        Func<TItem, Task<TResult>> start,
        Func<TItem, int> weigh,
        PipelineWindow window,
        NextResult? next = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var ahead = Channel.CreateBounded<Started<TResult>>(
            new BoundedChannelOptions(window.Items) { SingleReader = true, SingleWriter = true }
        );
        using var room = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = window.Bytes, QueueLimit = window.Bytes });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = ReadAsync(
            source,
            start,
            item => room.AcquireAsync(Math.Clamp(weigh(item), 1, window.Bytes), stop.Token),
            ahead.Writer,
            stop.Token
        );
        try
        {
            await foreach (Started<TResult> started in ahead.Reader.ReadAllAsync(CancellationToken.None))
            {
                using RateLimitLease weight = started.Weight;
                TResult result = await started.Result;
                if (next is not null)
                    next.IsReady = ahead.Reader.TryPeek(out Started<TResult> following) && following.Result.IsCompleted;

                yield return result;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
            while (ahead.Reader.TryRead(out Started<TResult> unread))
            {
                await ((Task)unread.Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (unread.Result.IsCompletedSuccessfully)
                    (unread.Result.Result as IDisposable)?.Dispose();
            }
        }
    }

    private static async Task ReadAsync<TItem, TResult>(
        IAsyncEnumerable<TItem> source,
        Func<TItem, Task<TResult>> start,
        Func<TItem, ValueTask<RateLimitLease>> enter,
        ChannelWriter<Started<TResult>> ahead,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await foreach (TItem item in source.WithCancellation(cancellationToken))
            {
                RateLimitLease weight;
                try
                {
                    weight = await enter(item);
                    await ahead.WaitToWriteAsync(cancellationToken);
                }
                catch
                {
                    (item as IDisposable)?.Dispose();
                    throw;
                }

                ahead.TryWrite(new Started<TResult>(start(item), weight));
            }

            ahead.Complete();
        }
        catch (Exception exception)
        {
            ahead.Complete(exception);
        }
    }

    /// <summary>Running work, and the part of the window that its item takes.</summary>
    private readonly record struct Started<TResult>(Task<TResult> Result, RateLimitLease Weight);
}
