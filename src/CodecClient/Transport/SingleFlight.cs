using System.Collections.Concurrent;

namespace Codec.Client.Transport;

/// <summary>Runs something once for all who ask for it at the same time.</summary>
/// <remarks>One who stops waiting does not stop it for the others, so it runs under the client's own token.</remarks>
internal sealed class SingleFlight<TKey, TValue>(CancellationToken closed)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TValue>>> _flights = new();

    public async Task<TValue> RunAsync(TKey key, Func<CancellationToken, Task<TValue>> run, CancellationToken cancellationToken)
    {
        Lazy<Task<TValue>> flight = _flights.GetOrAdd(key, _ => new Lazy<Task<TValue>>(() => RunAndForgetAsync(key, run)));
        // Observe the exception so that it does not reach UnobservedTaskException: all who wait may leave before it comes.
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
        // Leaves the Lazy's lock before anything runs, and so before the entry can be removed.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await run(closed).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (closed.IsCancellationRequested)
        {
            // The token is the client's, not that of one who waits.
            throw new ObjectDisposedException("The client was disposed of during the operation.", exception);
        }
        finally
        {
            _flights.TryRemove(key, out _);
        }
    }
}
