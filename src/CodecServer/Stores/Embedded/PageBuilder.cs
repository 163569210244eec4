namespace Codec.Server.Stores.Embedded;

/// <summary>Collects the codes of a page until a bound is reached.</summary>
/// <param name="bounds">The caller's bounds.</param>
/// <param name="start">The first sequence of the page.</param>
internal sealed class PageBuilder(ReadBounds bounds, long start)
{
    /// <summary>Maximum number of rows that one call reads; bounds its work when few of their codes match the filter.</summary>
    private const int MaxRows = 4096;

    /// <summary>Number of bytes after which one call reads no further row, for the same reason: a few milliseconds of work.</summary>
    private const long MaxBytesRead = 8 << 20;

    private readonly List<StoredCode> _codes = [];
    private FrameRow? _examined;
    private long _bytes;
    private int _rows;
    private long _bytesRead;

    /// <summary>Whether a bound of the caller, or of one call's work, is reached.</summary>
    public bool IsFull => _codes.Count >= bounds.MaxCodes || _bytes >= bounds.MaxBytes || _rows >= MaxRows || _bytesRead >= MaxBytesRead;

    /// <summary>Counts a row that was read; repeated calls with the same row count once.</summary>
    public void Examine(FrameRow row)
    {
        if (!ReferenceEquals(row, _examined))
        {
            _examined = row;
            _rows++;
            _bytesRead += row.Frame.Length;
        }
    }

    /// <summary>Adds the codes of a row that are in the page and that a filter selects; null selects all.</summary>
    public void Add(FrameRow row, StoredCode[] codes, KeyFilter? filter)
    {
        Examine(row);
        foreach (StoredCode code in codes)
        {
            if (code.Sequence >= start && (filter is null || filter.Matches(code.Info.Key)))
            {
                // A copy, because a slice would keep the frame's other codes in memory.
                Add(filter is null ? code : code with { Code = code.Code.ToArray() });
            }
        }
    }

    /// <summary>Adds a code.</summary>
    public void Add(StoredCode code)
    {
        _codes.Add(code);
        _bytes += code.Code.Length;
    }

    /// <summary>Returns the page; reading continues at a sequence.</summary>
    public LogPage End(long next) => new(_codes, next);

    /// <summary>Returns the codes before a damaged row if there are any; otherwise a page that reports the damage.</summary>
    public LogPage EndAtDamage(FrameRow row, string damage)
    {
        long first = Math.Max(row.FirstSequence, start);
        return _codes.Count > 0 ? End(first) : new LogPage([], row.End, new StoredDamage(first, row.End - first, damage));
    }
}
