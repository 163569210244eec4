using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Codec.Server.Coding;

/// <summary>Ordered, bounded concurrency for streams.</summary>
internal static class AsyncPipeline
{
    /// <summary>Starts work on items as they come, up to a window ahead of the consumer, and yields the results in order.</summary>
    /// <remarks>
    /// Items are started one after the other, never at the same time. A failure, of an item or of the source, surfaces after the results
    /// of all items before it; later results are dropped. When this ends, nothing that it started is still running.
    /// </remarks>
    /// <param name="source">Where items come from; not read further than the window.</param>
    /// <param name="start">Starts the work on one item.</param>
    /// <param name="window">How many results may wait for the consumer, finished or not.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async IAsyncEnumerable<TResult> SelectAheadAsync<TItem, TResult>(
        this IAsyncEnumerable<TItem> source,
        Func<TItem, Task<TResult>> start,
        int window,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var ahead = Channel.CreateBounded<Task<TResult>>(new BoundedChannelOptions(window) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = ReadAsync(source, start, ahead.Writer, stop.Token);
        try
        {
            await foreach (Task<TResult> result in ahead.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return await result;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
            while (ahead.Reader.TryRead(out Task<TResult>? unread))
            {
                await ((Task)unread).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task ReadAsync<TItem, TResult>(
        IAsyncEnumerable<TItem> source, Func<TItem, Task<TResult>> start, ChannelWriter<Task<TResult>> ahead, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (TItem item in source.WithCancellation(cancellationToken))
            {
                await ahead.WaitToWriteAsync(cancellationToken);
                ahead.TryWrite(start(item));
            }

            ahead.Complete();
        }
        catch (Exception exception)
        {
            ahead.Complete(exception);
        }
    }
}
