namespace Codec.Client.Channels;

/// <summary>
/// Failures that the caller has not learned of, until they are reported, once: by the task of the item, by Flush or by Dispose.
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

    /// <summary>Counts an item that the publisher's end left without an answer, unless that end was thrown to the caller already.</summary>
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

    /// <summary>What ended the publisher is thrown to the caller, and speaks for all that was lost with it.</summary>
    public void ReportEnd(CodecException failure)
    {
        lock (_lock)
        {
            _thrown = failure;
            _lost = new FailureTally();
        }
    }

    /// <summary>Takes what is not reported yet as one exception, to be thrown; null where there is nothing.</summary>
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
