namespace Codec.Client.Channels;

/// <summary>
/// Failures of one kind that are not reported yet: the first ones with their exceptions, the others counted. Not thread-safe.
/// </summary>
internal sealed class FailureTally
{
    private readonly List<(Sent Item, CodecException Error)> _listed = [];
    private CodecException? _common;
    private long _further;

    /// <summary>How many there are.</summary>
    public long Count => _listed.Count + _further;

    /// <summary>The first ones.</summary>
    public IEnumerable<ItemFailure> Listed => _listed.Select(entry => new ItemFailure(entry.Item.Index, entry.Error));

    /// <summary>The exception that all of them share; null where there are several.</summary>
    public CodecException? Common =>
        Count == 0 ? null
        : _further == 0 && _listed.Select(entry => entry.Error).Distinct().Take(2).ToArray() is [var only] ? only
        : _common;

    public void Add(Sent item, CodecException error)
    {
        _common = Count == 0 || _common == error ? error : null;
        // Bounded: a caller who never flushes must not fill the memory with exceptions.
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
