namespace Codec.Client.Channels;

/// <summary>
/// Counts unreported failures of one kind, and lists the first with their exceptions. Not thread-safe.
/// </summary>
internal sealed class FailureTally
{
    private readonly List<(Sent Item, CodecException Error)> _listed = [];
    private CodecException? _common;
    private long _further;

    /// <summary>Number of failures.</summary>
    public long Count => _listed.Count + _further;

    /// <summary>The first failures.</summary>
    public IEnumerable<ItemFailure> Listed => _listed.Select(entry => new ItemFailure(entry.Item.Index, entry.Error));

    /// <summary>The exception that all failures share; null if they differ.</summary>
    public CodecException? Common =>
        Count == 0 ? null
        : _further == 0 && _listed.Select(entry => entry.Error).Distinct().Take(2).ToArray() is [var only] ? only
        : _common;

    public void Add(Sent item, CodecException error)
    {
        _common = Count == 0 || _common == error ? error : null;
        // Bounded, so that a caller who never flushes does not fill the memory with exceptions.
        if (_listed.Count < UnacknowledgedItemsException.MaxFailures)
            _listed.Add((item, error));
        else
            _further++;
        item.CountedIn = this;
    }

    public void Remove(Sent item)
    {
        int index = _listed.FindIndex(entry => entry.Item == item);
        if (index >= 0)
            _listed.RemoveAt(index);
        else
            _further--;
    }
}
