using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Codec.Server.Stores.Embedded;

/// <summary>Hands every change to every watcher, in order; a watcher that falls too far behind is let go.</summary>
internal sealed class ChangeFeed
{
    /// <summary>Changes that a watcher may lag: models change a few times a day, so this many means that it hangs.</summary>
    private const int Backlog = 1024;

    private readonly Lock _lock = new();
    private readonly HashSet<Watcher> _watchers = [];

    /// <summary>A watcher that is not yet added.</summary>
    public static Watcher CreateWatcher(string? model) => new(model, Channel.CreateBounded<RegistryChange>(Backlog));

    /// <summary>From now on the watcher gets every change.</summary>
    public void Add(Watcher watcher)
    {
        lock (_lock)
        {
            _watchers.Add(watcher);
        }
    }

    /// <summary>Hands a change to the watchers of its model.</summary>
    public void Publish(RegistryChange change)
    {
        lock (_lock)
        {
            _watchers.RemoveWhere(watcher =>
                (watcher.Model is null || watcher.Model == change.Model)
                && !watcher.Changes.Writer.TryWrite(change)
                && watcher.Changes.Writer.TryComplete(
                    new RequestException(RequestError.Unavailable, "WATCHER_TOO_SLOW", $"The watcher lags {Backlog} changes; watch again.")
                )
            );
        }
    }

    /// <summary>The aliases that <paramref name="start"/> returns, then what comes after it.</summary>
    public async IAsyncEnumerable<RegistryChange> WatchAsync(
        Watcher watcher,
        Func<Task<IReadOnlyList<AliasRecord>>> start,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        try
        {
            foreach (AliasRecord alias in await start())
            {
                yield return new AliasMoved(alias);
            }

            await foreach (RegistryChange change in watcher.Changes.Reader.ReadAllAsync(cancellationToken))
            {
                yield return change;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(watcher);
            }
        }
    }

    /// <summary>One who watches.</summary>
    /// <param name="Model">One model's name; null for all.</param>
    /// <param name="Changes">What it has not yet taken.</param>
    internal sealed record Watcher(string? Model, Channel<RegistryChange> Changes);
}
