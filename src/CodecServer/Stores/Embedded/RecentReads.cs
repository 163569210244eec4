using System.Collections.Concurrent;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Keeps what was read from a database until it changes: each call of a user names a version, and versions change a few times a day.
/// </summary>
/// <remarks>
/// A reader keeps a value in the memory that it found before it read, so that a value from before a change is not kept after it.
/// </remarks>
internal sealed class RecentReads<TKey, TValue>
    where TKey : notnull
    where TValue : class
{
    /// <summary>Most values, of about 500 bytes each; beyond it all are read anew.</summary>
    private const int Most = 1024;

    private ConcurrentDictionary<TKey, TValue> _known = new();

    /// <summary>Returns a value, read if it is not kept. Null is not kept.</summary>
    public TValue? GetOrRead(TKey key, Func<TKey, TValue?> read)
    {
        ConcurrentDictionary<TKey, TValue> known = Volatile.Read(ref _known);
        if (known.TryGetValue(key, out TValue? value))
            return value;

        if (read(key) is not { } found)
            return null;

        if (known.Count < Most)
        {
            known[key] = found;
        }
        else
        {
            Interlocked.CompareExchange(ref _known, new ConcurrentDictionary<TKey, TValue>(), known);
        }

        return found;
    }

    /// <summary>Forgets every value: something has changed.</summary>
    public void Forget() => Volatile.Write(ref _known, new ConcurrentDictionary<TKey, TValue>());
}
