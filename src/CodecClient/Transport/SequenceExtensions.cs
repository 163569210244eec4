using System.Runtime.CompilerServices;

namespace Codec.Client.Transport;

/// <summary>Enumerates sequences that callers supply.</summary>
internal static class SequenceExtensions
{
    /// <summary>
    /// Enumerates a caller's sequence, and stops at once when the token is canceled, even if the sequence ignores its token.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
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
    /// Disposes an enumerator after its pending move, because an earlier disposal is not allowed. Its exceptions are dropped: nothing
    /// awaits them anymore.
    /// </summary>
    private static async Task DisposeLaterAsync<T>(IAsyncEnumerator<T> items, Task moving)
    {
        await moving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await items.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
