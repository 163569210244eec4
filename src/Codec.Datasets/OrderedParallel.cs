namespace Codec.Datasets;

internal static class OrderedParallel
{
    // Far enough ahead that no core waits for its turn; few enough that large photographs fit into memory.
    private static int Window => Environment.ProcessorCount * 8;

    /// <summary>
    /// Maps on all cores, in order, a bounded way ahead of whoever enumerates; the source is enumerated on the caller's thread.
    /// </summary>
    public static IEnumerable<TResult> SelectInParallel<TSource, TResult>(
        this IEnumerable<TSource> source,
        Func<TSource, TResult> map,
        CancellationToken cancellationToken
    )
    {
        int window = Window;
        var ahead = new Queue<Task<TResult>>(window);
        foreach (TSource item in source)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ahead.Count == window)
                yield return ahead.Dequeue().GetAwaiter().GetResult();
            ahead.Enqueue(Task.Run(() => map(item), cancellationToken));
        }

        while (ahead.TryDequeue(out Task<TResult>? next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return next.GetAwaiter().GetResult();
        }
    }
}
