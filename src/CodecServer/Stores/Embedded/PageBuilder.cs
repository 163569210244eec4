namespace Codec.Server.Stores.Embedded;

/// <summary>Collects a page, and knows when it is full.</summary>
/// <param name="bounds">What the caller asked for.</param>
/// <param name="start">Where the page begins.</param>
internal sealed class PageBuilder(ReadBounds bounds, long start)
{
    /// <summary>Rows that one call reads at most, where a filter takes few of their codes.</summary>
    private const int MaxRows = 4096;

    /// <summary>Bytes that one call reads at most, likewise: some milliseconds.</summary>
    private const long MaxBytesRead = 8 << 20;

    private readonly List<StoredCode> _codes = [];
    private FrameRow? _examined;
    private long _bytes;
    private int _rows;
    private long _bytesRead;

    /// <summary>Whether the caller's bounds, or those of a call's work, are reached.</summary>
    public bool IsFull => _codes.Count >= bounds.MaxCodes || _bytes >= bounds.MaxBytes || _rows >= MaxRows || _bytesRead >= MaxBytesRead;

    /// <summary>Counts a row that was read; the same one again counts once.</summary>
    public void Examine(FrameRow row)
    {
        if (!ReferenceEquals(row, _examined))
        {
            _examined = row;
            _rows++;
            _bytesRead += row.Frame.Length;
        }
    }

    /// <summary>Takes a code.</summary>
    public void Add(StoredCode code)
    {
        _codes.Add(code);
        _bytes += code.Code.Length;
    }

    /// <summary>The page, where reading goes on at a sequence.</summary>
    public LogPage End(long next) => new(_codes, next);

    /// <summary>The page before a damaged row; the damage itself comes with the call that finds nothing before it.</summary>
    public LogPage EndAtDamage(FrameRow row, string damage)
    {
        long first = Math.Max(row.FirstSequence, start);
        return _codes.Count > 0 ? End(first) : new LogPage([], row.End, new StoredDamage(first, row.End - first, damage));
    }
}
