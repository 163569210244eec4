namespace Codec.Server.Stores.Embedded;

/// <summary>Bounds the bytes of the rows that the tails of all channels keep: the oldest row leaves first.</summary>
/// <param name="maxBytes">The bound.</param>
internal sealed class RecentRows(long maxBytes)
{
    /// <summary>Bytes of a row beside its frame, about: its codes' records.</summary>
    private const int Overhead = 256;

    private readonly Lock _lock = new();
    private readonly Queue<RecentRow> _rows = new();
    private long _bytes;

    /// <summary>Counts a row, and lets the oldest rows leave their tails while there are too many bytes.</summary>
    public void Add(RecentRow row)
    {
        var leaving = new List<RecentRow>();
        lock (_lock)
        {
            _rows.Enqueue(row);
            _bytes += BytesOf(row);
            while (_bytes > maxBytes && _rows.TryDequeue(out RecentRow? oldest))
            {
                _bytes -= BytesOf(oldest);
                leaving.Add(oldest);
            }
        }

        leaving.ForEach(oldest => oldest.Tail.Forget(oldest));
    }

    private static long BytesOf(RecentRow row) => row.Row.Frame.Length + Overhead * row.Row.Count;
}

/// <summary>A row that was just stored.</summary>
internal sealed class RecentRow(ChannelTail tail, FrameRow row)
{
    private readonly Lazy<StoredCode[]> _codes = new(() =>
        row.TryRead(out StoredCode[]? codes, out string? damage) ? codes : throw new InvalidOperationException(damage)
    );

    public ChannelTail Tail => tail;

    public FrameRow Row => row;

    /// <summary>Its codes; read once for all readers.</summary>
    public StoredCode[] Codes => _codes.Value;
}
