using Codec.Models;

namespace Codec.Server.Models;

/// <summary>
/// Holds a bounded number of loaded versions. Concurrent callers share one load; a version is unloaded when another needs its place and no
/// lease on it is held.
/// </summary>
/// <param name="limit">Maximum number of versions at the same time.</param>
internal sealed class ModelPool(int limit) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Entry> _entries = [];
    private readonly HashSet<Digest> _barred = [];
    private long _clock;

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
    /// <param name="cancellationToken">Ends this caller's wait; the load continues for the others.</param>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">NotFound: the version is barred. ResourceExhausted: leases hold every place.</exception>
    public async Task<ModelLease> AcquireAsync(Digest version, Func<Task<CodecModel>> load, CancellationToken cancellationToken)
    {
        Entry? evicted = null;
        Entry entry;
        lock (_lock)
        {
            if (_barred.Contains(version))
                throw RequestException.NotFound("version", version.Hex);

            if (!_entries.TryGetValue(version, out entry!) || entry.HasFailed)
            {
                _entries.Remove(version);
                evicted = MakeRoom();
                entry = new Entry(version, new Lazy<Task<CodecModel>>(load));
                _entries.Add(version, entry);
            }

            Enter(entry);
        }

        evicted?.Dispose();
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

    /// <summary>Unloads a version and refuses it until the returned object is disposed.</summary>
    /// <exception cref="RequestException">FailedPrecondition: a lease on it is held.</exception>
    public IDisposable Bar(Digest version)
    {
        Entry? entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(version, out entry) && entry.Users > 0)
            {
                throw new RequestException(
                    RequestError.FailedPrecondition,
                    "VERSION_IN_USE",
                    $"Calls are using {version}; end them, or wait until they end."
                );
            }

            _entries.Remove(version);
            _barred.Add(version);
        }

        entry?.Dispose();
        return new Barrier(this, version);
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
            if (--entry.Users == 0 && entry.HasFailed && _entries.GetValueOrDefault(entry.Version) == entry)
                _entries.Remove(entry.Version);
        }
    }

    private Entry? MakeRoom()
    {
        if (_entries.Count < limit)
            return null;

        Entry oldest =
            _entries.Values.Where(entry => entry.Users == 0).MinBy(entry => entry.LastUsed)
            ?? throw RequestException.Busy("The set of loaded models, all of them in use,", limit);
        _entries.Remove(oldest.Version);
        return oldest;
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
