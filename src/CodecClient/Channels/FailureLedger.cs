namespace Codec.Client.Channels;

/// <summary>
/// Keeps the failures that the caller has not seen yet, so that each is reported once: by the item's task, by Flush or by Dispose.
/// </summary>
internal sealed class FailureLedger(string channel)
{
    private readonly Lock _lock = new();
    private FailureTally _refused = new();
    private FailureTally _lost = new();
    private CodecException? _thrown;

    public void AddRefused(Sent item, CodecException refusal)
    {
        lock (_lock)
        {
            if (!item.IsObserved)
                _refused.Add(item, refusal);
        }
    }

    /// <summary>Counts an item that the publisher's end left unanswered, unless that end was already thrown to the caller.</summary>
    public void AddLost(Sent item, CodecException failure)
    {
        lock (_lock)
        {
            if (!item.IsObserved && _thrown is null)
                _lost.Add(item, failure);
        }
    }

    public void Observe(Sent item)
    {
        lock (_lock)
        {
            if (item.IsObserved)
                return;
            item.IsObserved = true;
            item.CountedIn?.Remove(item);
        }
    }

    /// <summary>Records that the publisher's end is thrown to the caller, which reports every item lost with it.</summary>
    public void ReportEnd(CodecException failure)
    {
        lock (_lock)
        {
            _thrown = failure;
            _lost = new FailureTally();
        }
    }

    /// <summary>Takes the unreported failures as one exception to throw; null if there are none.</summary>
    public CodecException? Take()
    {
        lock (_lock)
        {
            (FailureTally refused, FailureTally lost) = (_refused, _lost);
            (_refused, _lost) = (new FailureTally(), new FailureTally());
            long count = refused.Count + lost.Count;
            if (count == 0)
                return null;
            CodecException? common = lost.Common ?? refused.Common;
            if (lost.Count > 0)
                _thrown = common;
            if (count == 1 && common is not null)
                return common;
            IEnumerable<ItemFailure> failures = refused.Listed.Concat(lost.Listed).Take(UnacknowledgedItemsException.MaxFailures);
            return new UnacknowledgedItemsException(channel, count, [.. failures], common);
        }
    }
}
