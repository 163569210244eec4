using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Codec.Client.Transport;

/// <summary>Connects a background producer and its consumer by a bounded queue.</summary>
internal static class Pump
{
    /// <summary>Runs the producer while the consumer reads; the producer's end or failure ends the sequence.</summary>
    /// <param name="capacity">Maximum number of items in the queue; when it is full, the producer waits.</param>
    /// <param name="produce">Writes the items; its token is canceled when the consumer stops reading.</param>
    /// <param name="cancellationToken">Ends both.</param>
    public static async IAsyncEnumerable<T> RunAsync<T>(
        int capacity,
        Func<ChannelWriter<T>, CancellationToken, Task> produce,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var queue = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task producing = ProduceAsync(queue.Writer, produce, stop.Token);
        try
        {
            await foreach (T item in queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await producing.ConfigureAwait(false);
        }
    }

    /// <summary>Never throws: the reader gets the failure.</summary>
    private static async Task ProduceAsync<T>(
        ChannelWriter<T> writer,
        Func<ChannelWriter<T>, CancellationToken, Task> produce,
        CancellationToken cancellationToken
    )
    {
        // Yield, so that the producer's work before its first await does not block the consumer.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await produce(writer, cancellationToken).ConfigureAwait(false);
            writer.Complete();
        }
        catch (Exception exception)
        {
            writer.Complete(exception);
        }
    }
}
