namespace Codec.Server.Stores.Embedded;

/// <summary>Where a channel's log ends, for those who wait for more.</summary>
internal sealed class ChannelTail
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _next;
    private readonly TaskCompletionSource _deletion = NewSignal();
    private bool _deleted;

    /// <summary>Ends when the channel is deleted.</summary>
    public Task Deletion => _deletion.Task;

    /// <summary>The log now has the sequences below this.</summary>
    public void Advance(long next) => Change(() => _next = Math.Max(_next, next));

    /// <summary>The channel is gone.</summary>
    public void Delete()
    {
        Change(() => _deleted = true);
        _deletion.TrySetResult();
    }

    /// <summary>Waits until the log has a sequence; false when the channel is gone.</summary>
    public async Task<bool> WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_deleted || _next > sequence)
                {
                    return !_deleted;
                }

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
