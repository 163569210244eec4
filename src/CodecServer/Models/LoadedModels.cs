using Codec.Models;

namespace Codec.Server.Models;

/// <summary>A bounded set of loaded versions: each is loaded once, and leaves when its place is needed and nobody uses it.</summary>
/// <param name="limit">Most versions at the same time.</param>
internal sealed class LoadedModels(int limit) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Entry> _entries = [];
    private readonly HashSet<Digest> _barred = [];
    private long _clock;

    /// <summary>How many versions are loaded or being loaded.</summary>
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

    /// <summary>The version, loaded once however many ask for it at the same time.</summary>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">NotFound: it is barred. ResourceExhausted: models in use take all places.</exception>
    public async Task<ModelLease> AcquireAsync(Digest version, Func<Task<CodecModel>> load, CancellationToken cancellationToken)
    {
        Entry? evicted = null;
        Entry entry;
        lock (_lock)
        {
            if (_barred.Contains(version))
            {
                throw RequestException.NotFound("version", version.Hex);
            }

            if (!_entries.TryGetValue(version, out entry!))
            {
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

    /// <summary>Forbids a version's use until what is returned is disposed, and unloads it.</summary>
    /// <exception cref="RequestException">FailedPrecondition: it is in use.</exception>
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
        {
            entry.Dispose();
        }

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

    /// <summary>Counts one user less; what failed to load is forgotten, so that the next one tries again.</summary>
    internal void Leave(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users == 0 && entry.Model.Value.IsFaulted)
            {
                _entries.Remove(entry.Version);
            }
        }
    }

    private Entry? MakeRoom()
    {
        if (_entries.Count < limit)
        {
            return null;
        }

        Entry oldest =
            _entries.Values.Where(entry => entry.Users == 0).MinBy(entry => entry.LastUsed)
            ?? throw RequestException.Busy("The set of loaded models, all of them in use,", limit);
        _entries.Remove(oldest.Version);
        return oldest;
    }

    private sealed class Barrier(LoadedModels owner, Digest version) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._barred.Remove(version);
            }
        }
    }

    /// <summary>A version that is loaded or being loaded, and how many use it. Guarded by the set's lock.</summary>
    internal sealed class Entry(Digest version, Lazy<Task<CodecModel>> model) : IDisposable
    {
        public Digest Version { get; } = version;

        public Lazy<Task<CodecModel>> Model { get; } = model;

        public int Users { get; set; }

        public long LastUsed { get; set; }

        public void Dispose()
        {
            if (Model is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            {
                Model.Value.Result.Dispose();
            }
        }
    }
}
