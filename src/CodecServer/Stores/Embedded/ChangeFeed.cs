using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Codec.Server.Stores.Embedded;

/// <summary>Delivers every change to every watcher, in order; ends a watch that lags too far.</summary>
internal sealed class ChangeFeed
{
    /// <summary>Changes that may wait for a watcher. Models change a few times a day, so a watcher that lags this much hangs.</summary>
    private const int Backlog = 1024;

    private readonly Lock _lock = new();
    private readonly HashSet<Watcher> _watchers = [];

    /// <summary>Creates a watcher; <see cref="Add"/> connects it.</summary>
    public static Watcher CreateWatcher(string? model) => new(model, Channel.CreateBounded<RegistryChange>(Backlog));

    /// <summary>Delivers every change from now on to a watcher.</summary>
    public void Add(Watcher watcher)
    {
        lock (_lock)
        {
            _watchers.Add(watcher);
        }
    }

    /// <summary>Delivers a change to the watchers of its model.</summary>
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

    /// <summary>Yields the aliases that <paramref name="start"/> returns, then every later change.</summary>
    public async IAsyncEnumerable<RegistryChange> WatchAsync(
        Watcher watcher,
        Func<Task<IReadOnlyList<AliasRecord>>> start,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        try
        {
            foreach (AliasRecord alias in await start())
                yield return new AliasMoved(alias);

            await foreach (RegistryChange change in watcher.Changes.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(watcher);
            }
        }
    }

    /// <summary>A running watch.</summary>
    /// <param name="Model">The name of one model; null for all.</param>
    /// <param name="Changes">Changes that it has not yet read.</param>
    internal sealed record Watcher(string? Model, Channel<RegistryChange> Changes);
}
