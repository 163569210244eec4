namespace Codec.Client.Transport;

/// <summary>
/// The items of a source of <see cref="ReadAhead{T}"/>. The worker owns those that are made while it runs; the lock guards the others, and
/// all while none runs. Used for one source after the other.
/// </summary>
internal sealed class ReadAheadItems<T>
{
    // Even empty ones count, so that there cannot be too many.
    private const int LeastCapacity = 16;

    private readonly List<(T Item, long Bytes)> _made = [];

    /// <summary>Items that the consumer may take.</summary>
    public Queue<(T Item, long Bytes)> Ready { get; } = new();

    /// <summary>Bytes of the items that are made but not handed over.</summary>
    public long MadeBytes { get; private set; }

    public bool IsEmpty => Ready.Count + _made.Count == 0;

    /// <summary>Number of items that there is memory for.</summary>
    public int Capacity => Math.Max(LeastCapacity, Math.Max(Ready.EnsureCapacity(0), _made.Capacity));

    public void Make(T item, long bytes)
    {
        _made.Add((item, bytes));
        MadeBytes += bytes;
    }

    public void HandOver()
    {
        foreach ((T Item, long Bytes) made in _made)
            Ready.Enqueue(made);
        _made.Clear();
        MadeBytes = 0;
    }
}
