using Codec.Models;

namespace Codec.Server.Models;

/// <summary>
/// Holds a bounded number of loaded versions. Concurrent callers share one load; a version leaves when another needs its place and no lease
/// on it is held. Live versions have places of their own: no other version takes one of these.
/// </summary>
/// <param name="limit">Most live versions, and most others, at the same time.</param>
/// <param name="time">Measures waits for a place.</param>
internal sealed class ModelPool(int limit, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Entry> _entries = [];
    private readonly HashSet<Digest> _barred = [];
    private readonly HashSet<Digest> _live = [];
    private readonly Dictionary<Digest, int> _claims = [];

    // Completed, and replaced, when a version has no user any more.
    private TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _clock;
    private long _unloads;

    /// <summary>Number of versions that were unloaded so far.</summary>
    public long Unloads => Interlocked.Read(ref _unloads);

    /// <summary>Number of versions that are loaded or being loaded.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Returns a version; loads it first unless it is loaded or being loaded.</summary>
    /// <param name="version">The version.</param>
    /// <param name="load">Loads it. A failure reaches every caller that waits for this load; the next caller loads again.</param>
    /// <param name="wait">How long to wait for a place; infinite waits as long as it takes.</param>
    /// <param name="cancellationToken">Ends this caller's wait; the load continues for the others.</param>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">NotFound: the version is barred. ResourceExhausted: leases hold every place.</exception>
    public async Task<ModelLease> AcquireAsync(
        Digest version,
        Func<Task<CodecModel>> load,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        long began = time.GetTimestamp();
        Entry? entry;
        Task idle;
        while ((entry = TryEnter(version, load, out idle)) is null)
        {
            TimeSpan left = wait == Timeout.InfiniteTimeSpan ? wait : wait - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero && wait != Timeout.InfiniteTimeSpan)
                throw RequestException.Busy("The set of loaded models, all of them in use,", limit);

            try
            {
                await idle.WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // The next try is the last.
            }
        }

        try
        {
            return new ModelLease(this, entry, await entry.Model.Value.WaitAsync(cancellationToken));
        }
        catch
        {
            Leave(entry);
            throw;
        }
    }

    /// <summary>Keeps a version from being barred until the returned object is disposed; it need not be loaded.</summary>
    /// <exception cref="RequestException">NotFound: the version is barred.</exception>
    public ModelClaim Claim(Digest version)
    {
        lock (_lock)
        {
            if (_barred.Contains(version))
                throw RequestException.NotFound("version", version.Hex);

            _claims[version] = _claims.GetValueOrDefault(version) + 1;
            return new ModelClaim(version, () => Unclaim(version));
        }
    }

    /// <summary>Gives a version one of the live versions' places, or takes it from it.</summary>
    public void SetLive(Digest version, bool isLive)
    {
        lock (_lock)
        {
            if (isLive)
            {
                _live.Add(version);
            }
            else
            {
                _live.Remove(version);
            }
        }
    }

    /// <summary>Unloads a version and refuses it until the returned object is disposed.</summary>
    /// <exception cref="RequestException">FailedPrecondition: a lease on it, or a claim, is held.</exception>
    public IDisposable Bar(Digest version)
    {
        lock (_lock)
        {
            if (IsLeased(version) || _claims.ContainsKey(version))
            {
                throw new RequestException(
                    RequestError.FailedPrecondition,
                    "VERSION_IN_USE",
                    $"Calls are using {version}; end them, wait until they end, or delete it by force."
                );
            }

            _barred.Add(version);
        }

        Unload(version);
        return new Barrier(this, version);
    }

    /// <summary>
    /// Refuses a version at once, also to the streams that claim it, waits until the last lease on it has ended, and unloads it.
    /// </summary>
    /// <param name="version">The version.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends the refusal when it is disposed.</returns>
    /// <exception cref="RequestException">FailedPrecondition: leases are held for longer; the version is not refused any more.</exception>
    public async Task<IDisposable> DrainAsync(Digest version, TimeSpan wait, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _barred.Add(version);
        }

        var barrier = new Barrier(this, version);
        using var limit = new CancellationTokenSource(wait, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (WhenIdle(version) is { } idle)
                await idle.WaitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            barrier.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new RequestException(
                RequestError.FailedPrecondition,
                "VERSION_IN_USE",
                $"Calls that began before still use {version} after {wait.TotalSeconds:0} s; wait until they end, and try again."
            );
        }

        Unload(version);
        return barrier;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Entry entry in _entries.Values)
            entry.Dispose();

        _entries.Clear();
    }

    /// <summary>Counts one more user of an entry.</summary>
    internal void Enter(Entry entry)
    {
        lock (_lock)
        {
            entry.Users++;
            entry.LastUsed = ++_clock;
        }
    }

    /// <summary>Counts one user fewer. Drops an entry whose load failed, because it would occupy a place without a model.</summary>
    internal void Leave(Entry entry)
    {
        lock (_lock)
        {
            // A later caller may have replaced the failed entry already.
            if (--entry.Users > 0)
                return;

            if (entry.HasFailed && _entries.GetValueOrDefault(entry.Version) == entry)
                _entries.Remove(entry.Version);

            _idle.TrySetResult();
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Whether leases on a version are held. Called under the lock.</summary>
    private bool IsLeased(Digest version) => _entries.TryGetValue(version, out Entry? entry) && entry.Users > 0;

    /// <summary>Returns a task that ends when some version has no user any more; null if this one has none.</summary>
    private Task? WhenIdle(Digest version)
    {
        lock (_lock)
        {
            return IsLeased(version) ? _idle.Task : null;
        }
    }

    private void Unload(Digest version)
    {
        Entry? entry;
        lock (_lock)
        {
            _entries.Remove(version, out entry);
        }

        Unload(entry);
    }

    private void Unload(Entry? entry)
    {
        if (entry is null)
            return;

        entry.Dispose();
        Interlocked.Increment(ref _unloads);
    }

    private void Unclaim(Digest version)
    {
        lock (_lock)
        {
            if (--_claims[version] == 0)
                _claims.Remove(version);
        }
    }

    /// <summary>
    /// Counts a user of a version, which begins to load if necessary; null if there is no place for it before a version becomes idle.
    /// </summary>
    private Entry? TryEnter(Digest version, Func<Task<CodecModel>> load, out Task idle)
    {
        Entry? evicted = null;
        Entry? entry;
        lock (_lock)
        {
            idle = _idle.Task;
            if (_barred.Contains(version))
                throw RequestException.NotFound("version", version.Hex);

            if (!_entries.TryGetValue(version, out entry) || entry.HasFailed)
            {
                _entries.Remove(version);
                if (!TryMakeRoom(_live.Contains(version), out evicted))
                    return null;

                entry = new Entry(version, new Lazy<Task<CodecModel>>(load));
                _entries.Add(version, entry);
            }

            Enter(entry);
        }

        Unload(evicted);
        return entry;
    }

    private bool TryMakeRoom(bool isLive, out Entry? evicted)
    {
        evicted = null;
        List<Entry> others = [.. _entries.Values.Where(entry => _live.Contains(entry.Version) == isLive)];
        if (others.Count < limit)
            return true;

        evicted = others.Where(entry => entry.Users == 0).MinBy(entry => entry.LastUsed);
        return evicted is not null && _entries.Remove(evicted.Version);
    }

    private sealed class Barrier(ModelPool owner, Digest version) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._barred.Remove(version);
            }
        }
    }

    /// <summary>A version that is loaded or being loaded, and the number of its users. Guarded by the pool's lock.</summary>
    internal sealed class Entry(Digest version, Lazy<Task<CodecModel>> model) : IDisposable
    {
        public Digest Version { get; } = version;

        public Lazy<Task<CodecModel>> Model { get; } = model;

        public int Users { get; set; }

        public long LastUsed { get; set; }

        public bool HasFailed => Model is { IsValueCreated: true, Value: { IsCompleted: true, IsCompletedSuccessfully: false } };

        /// <summary>Disposes the model: now, or once its load has ended.</summary>
        public void Dispose()
        {
            if (Model.IsValueCreated)
                _ = DisposeAsync(Model.Value);
        }

        private static async Task DisposeAsync(Task<CodecModel> load)
        {
            await ((Task)load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (load.IsCompletedSuccessfully)
                load.Result.Dispose();
        }
    }
}
