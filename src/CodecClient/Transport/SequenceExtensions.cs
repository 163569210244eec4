using System.Runtime.CompilerServices;

namespace Codec.Client.Transport;

/// <summary>Sequences that callers hand in.</summary>
internal static class SequenceExtensions
{
    /// <summary>
    /// Enumerates a caller's sequence, and leaves it at once when the token is set, even where the sequence itself ignores its token.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was set.</exception>
    public static async IAsyncEnumerable<T> UntilAsync<T>(
        this IAsyncEnumerable<T> source,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        IAsyncEnumerator<T> items = source.GetAsyncEnumerator(cancellationToken);
        Task<bool> moving = Task.FromResult(true);
        try
        {
            while (true)
            {
                moving = items.MoveNextAsync().AsTask();
                if (!await moving.WaitAsync(cancellationToken).ConfigureAwait(false))
                    break;
                yield return items.Current;
            }
        }
        finally
        {
            if (moving.IsCompleted)
                await items.DisposeAsync().ConfigureAwait(false);
            else
                _ = DisposeLaterAsync(items, moving);
        }
    }

    /// <summary>
    /// Disposes of an enumerator that was left while it moved: that is allowed only after it has moved. What it throws is dropped: the
    /// caller has left.
    /// </summary>
    private static async Task DisposeLaterAsync<T>(IAsyncEnumerator<T> items, Task moving)
    {
        await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await items.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
