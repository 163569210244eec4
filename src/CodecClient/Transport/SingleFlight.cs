using System.Collections.Concurrent;

namespace Codec.Client.Transport;

/// <summary>Runs an operation once for all callers that request the same key at the same time.</summary>
/// <remarks>A caller that stops waiting must not stop the operation for the others, so it runs under the client's own token.</remarks>
internal sealed class SingleFlight<TKey, TValue>(CancellationToken closed)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TValue>>> _flights = new();

    public async Task<TValue> RunAsync(TKey key, Func<CancellationToken, Task<TValue>> run, CancellationToken cancellationToken)
    {
        Lazy<Task<TValue>> flight = _flights.GetOrAdd(key, _ => new Lazy<Task<TValue>>(() => RunAndForgetAsync(key, run)));
        // Observe the exception so that it does not reach UnobservedTaskException: every caller may have stopped waiting.
        _ = flight.Value.ContinueWith(
            static task => task.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default
        );
        return await flight.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<TValue> RunAndForgetAsync(TKey key, Func<CancellationToken, Task<TValue>> run)
    {
        // Yield to release the Lazy's lock before the operation runs and can remove the entry.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await run(closed).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (closed.IsCancellationRequested)
        {
            // The canceled token is the client's, not a caller's.
            throw new ObjectDisposedException("The client was disposed during the operation.", exception);
        }
        finally
        {
            _flights.TryRemove(key, out _);
        }
    }
}
