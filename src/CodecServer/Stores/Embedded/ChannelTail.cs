namespace Codec.Server.Stores.Embedded;

/// <summary>The end of a channel's log; callers wait here for it to advance.</summary>
internal sealed class ChannelTail
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _next;
    private readonly TaskCompletionSource _deletion = NewSignal();
    private bool _deleted;

    /// <summary>Completes when the channel is deleted.</summary>
    public Task Deletion => _deletion.Task;

    /// <summary>Records that the log's next sequence is at least this one.</summary>
    public void Advance(long next) => Change(() => _next = Math.Max(_next, next));

    /// <summary>Records that the channel was deleted.</summary>
    public void Delete()
    {
        Change(() => _deleted = true);
        _deletion.TrySetResult();
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
