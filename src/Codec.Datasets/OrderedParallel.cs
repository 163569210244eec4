namespace Codec.Datasets;

/// <summary>Maps sequences on all cores and keeps their order.</summary>
internal static class OrderedParallel
{
    // Results that may wait for the enumeration: enough that no core is idle, few enough that large photographs fit into memory.
    private static int Window => Environment.ProcessorCount * 8;

    /// <summary>
    /// Maps items on all cores, in order, with a bounded number of results ahead of the enumeration; enumerates the source on the caller's
    /// thread.
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
