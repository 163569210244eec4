namespace Codec.Server.Stores.Embedded;

/// <summary>
/// The end of a channel's log: callers wait here for it to advance, and read here what was just stored, without the database. It follows
/// every commit from its creation on.
/// </summary>
/// <param name="recent">Bounds the rows of all tails.</param>
internal sealed class ChannelTail(RecentRows recent)
{
    private readonly Lock _lock = new();

    // Consecutive rows up to the end of the log, the oldest first; those before the index were dropped.
    private readonly List<RecentRow> _rows = [];
    private int _oldest;
    private TaskCompletionSource _changed = NewSignal();
    private long _next;
    private long _end;
    private readonly TaskCompletionSource _deletion = NewSignal();
    private bool _deleted;

    /// <summary>Completes when the channel is deleted.</summary>
    public Task Deletion => _deletion.Task;

    /// <summary>Whether the log's next sequence is known.</summary>
    public bool IsCurrent
    {
        get
        {
            lock (_lock)
            {
                return _next > 0;
            }
        }
    }

    /// <summary>Records that the log's next sequence is at least this one.</summary>
    public void Advance(long next) => Change(() => _next = Math.Max(_next, next));

    /// <summary>Records rows that were stored, and the log's first sequence after that.</summary>
    public void Append(IReadOnlyList<FrameRow> rows, long first)
    {
        RecentRow[] added = [.. rows.Select(row => new RecentRow(this, row))];
        Change(() =>
        {
            foreach (RecentRow row in added)
            {
                if (row.Row.FirstSequence != _end)
                    Clear();

                _rows.Add(row);
                _end = row.Row.End;
                _next = Math.Max(_next, _end);
            }
        });
        Array.ForEach(added, recent.Add);
        Drop(first);
    }

    /// <summary>Forgets rows before a sequence, which the log no longer has.</summary>
    public void Drop(long first) => Drop(row => row.Row.FirstSequence < first);

    /// <summary>Forgets a row, and those before it, because the rows of all tails have too many bytes.</summary>
    public void Forget(RecentRow row) => Drop(oldest => oldest.Row.FirstSequence <= row.Row.FirstSequence);

    /// <summary>Records that the channel was deleted.</summary>
    public void Delete()
    {
        Change(() =>
        {
            _deleted = true;
            Clear();
        });
        _deletion.TrySetResult();
    }

    /// <summary>Reads codes from a sequence on; null if the recent rows do not have it.</summary>
    public LogPage? TryRead(long sequence, ReadBounds bounds, KeyFilter? filter)
    {
        RecentRow[] rows;
        long next;
        lock (_lock)
        {
            if (_deleted || sequence > _next || (sequence < _next && !Has(sequence)))
                return null;

            // A row has one code or more, so that these fill the page.
            rows = sequence < _next ? [.. _rows.Skip(IndexOf(sequence)).Take(bounds.MaxCodes)] : [];
            next = _next;
        }

        var page = new PageBuilder(bounds, sequence);
        foreach (RecentRow row in rows)
        {
            page.Add(row.Row, row.Codes, filter);
            if (page.IsFull)
                return page.End(row.Row.End);
        }

        return page.End(rows.Length > 0 ? rows[^1].Row.End : next);
    }

    /// <summary>Waits until the log has a sequence; returns false if the channel was deleted.</summary>
    public async Task<bool> WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_deleted || _next > sequence)
                    return !_deleted;

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the rows reach from a sequence to the end.</summary>
    private bool Has(long sequence) => _oldest < _rows.Count && _rows[_oldest].Row.FirstSequence <= sequence && _end == _next;

    /// <summary>The index of the row that has a sequence.</summary>
    private int IndexOf(long sequence)
    {
        int low = _oldest;
        for (int high = _rows.Count - 1; low < high; )
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _rows[middle].Row.FirstSequence <= sequence ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private void Clear()
    {
        _rows.Clear();
        _oldest = 0;
    }

    private void Drop(Predicate<RecentRow> mayDrop)
    {
        lock (_lock)
        {
            while (_oldest < _rows.Count && mayDrop(_rows[_oldest]))
                _oldest++;

            // Each row is moved once on average.
            if (2 * _oldest >= _rows.Count)
            {
                _rows.RemoveRange(0, _oldest);
                _oldest = 0;
            }
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            change();
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }
}
