using System.Diagnostics;
using Codec.Client.Telemetry;

namespace Codec.Client.Transport;

/// <summary>
/// Holds the unanswered items in order, bounded in number and bytes. Many callers add, one sends, one removes answered items. After a lost
/// connection, <see cref="Rewind"/> marks all of them as unsent again.
/// </summary>
/// <param name="maxItems">Maximum number of items.</param>
/// <param name="maxBytes">Maximum number of bytes of the items together; a larger item is admitted only when the window is empty.</param>
/// <param name="time">The clock of <see cref="Unanswered"/>.</param>
internal sealed class InFlightWindow<T>(int maxItems, long maxBytes, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly (T Item, long Bytes)[] _ring = new (T, long)[maxItems];

    // First come, first served: a small item must not overtake a large one that waits for bytes.
    private readonly LinkedList<Waiter> _waiters = new();
    private TaskCompletionSource? _sender;
    private int _head;
    private int _count;
    private int _sent;
    private long _bytes;
    private long _since;
    private bool _completed;
    private bool _abandoned;
    private bool _answering;

    /// <summary>Number of unanswered items.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Whether the window is complete and every item is answered.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_lock)
                return _completed && _count == 0;
        }
    }

    /// <summary>
    /// Time since the last answer, or since an item entered the empty window. Null if the window is empty, and while an answer is being
    /// handled, because the server is not late then.
    /// </summary>
    public TimeSpan? Unanswered
    {
        get
        {
            lock (_lock)
                return _count == 0 || _answering ? null : time.GetElapsedTime(_since);
        }
    }

    /// <summary>Adds an item; waits while the window is full. Callers are served in order.</summary>
    /// <returns>False if the window was abandoned: the item was not added.</returns>
    public async Task<bool> AddAsync(T item, long bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<Waiter> place;
        lock (_lock)
        {
            if (_abandoned)
                return false;
            if (_waiters.Count == 0 && HasRoom(bytes))
            {
                Put(item, bytes);
                return true;
            }

            place = _waiters.AddLast(new Waiter(item, bytes));
        }

        using (cancellationToken.UnsafeRegister((_, token) => GiveUp(place, token), null))
            return await place.Value.Added.Task.ConfigureAwait(false);
    }

    /// <summary>Completes the window: nothing more will be added.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            WakeSender();
        }
    }

    /// <summary>Waits for the next item to send; finds none once the window is complete and every item is sent.</summary>
    public async Task<(bool Found, T Item)> NextToSendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task added;
            lock (_lock)
            {
                if (_sent < _count)
                    return (true, _ring[(_head + _sent++) % _ring.Length].Item);
                if (_completed)
                    return (false, default!);
                _sender = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                added = _sender.Task;
            }

            await added.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the next item to send if there is one and it fits to those before it; does not wait.</summary>
    public bool TryNextToSend(Func<T, bool> fits, out T item)
    {
        lock (_lock)
        {
            item = _sent < _count ? _ring[(_head + _sent) % _ring.Length].Item : default!;
            if (_sent == _count || !fits(item))
                return false;
            _sent++;
            return true;
        }
    }

    /// <summary>Marks every unanswered item as unsent, for a new connection.</summary>
    public void Rewind()
    {
        lock (_lock)
        {
            (_sent, _answering) = (0, false);
            WakeSender();
        }
    }

    /// <summary>
    /// Gets the oldest sent item, whose answer arrived; the answer is being handled until <see cref="Remove"/>. False if no answer is due.
    /// </summary>
    public bool TryPeek(out T item)
    {
        lock (_lock)
        {
            _answering = _sent > 0;
            item = _answering ? _ring[_head].Item : default!;
            return _answering;
        }
    }

    /// <summary>Removes the oldest item, which is answered.</summary>
    public void Remove()
    {
        lock (_lock)
        {
            if (_abandoned)
                return;
            Debug.Assert(_sent > 0, "Only what was sent can be answered.");
            _bytes -= _ring[_head].Bytes;
            ClientMeter.InFlight(-_ring[_head].Bytes);
            _ring[_head] = default;
            _head = (_head + 1) % _ring.Length;
            _count--;
            _sent--;
            _answering = false;
            _since = time.GetTimestamp();
            Admit();
        }
    }

    /// <summary>Removes and returns every unanswered item, and closes the window.</summary>
    public IReadOnlyList<T> Abandon()
    {
        lock (_lock)
        {
            T[] rest = [.. Enumerable.Range(0, _count).Select(i => _ring[(_head + i) % _ring.Length].Item)];
            ClientMeter.InFlight(-_bytes);
            (_count, _sent, _bytes, _completed, _abandoned) = (0, 0, 0, true, true);
            Array.Clear(_ring);
            foreach (Waiter waiter in _waiters)
                waiter.Added.SetResult(false);
            _waiters.Clear();
            WakeSender();
            return rest;
        }
    }

    private void GiveUp(LinkedListNode<Waiter> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // It may have been admitted in between.
            if (place.List is null)
                return;
            _waiters.Remove(place);
            place.Value.Added.SetCanceled(cancellationToken);
            Admit();
        }
    }

    /// <summary>Admits waiting items while there is room. The caller holds the lock.</summary>
    private void Admit()
    {
        while (_waiters.First is { } first && HasRoom(first.Value.Bytes))
        {
            _waiters.RemoveFirst();
            Put(first.Value.Item, first.Value.Bytes);
            first.Value.Added.SetResult(true);
        }
    }

    private bool HasRoom(long bytes) => _count < _ring.Length && (_count == 0 || bytes <= maxBytes - _bytes);

    private void Put(T item, long bytes)
    {
        if (_count == 0)
            _since = time.GetTimestamp();
        _ring[(_head + _count) % _ring.Length] = (item, bytes);
        _count++;
        _bytes += bytes;
        ClientMeter.InFlight(bytes);
        WakeSender();
    }

    /// <summary>Wakes the sender, which checks again. The caller holds the lock.</summary>
    private void WakeSender()
    {
        _sender?.TrySetResult();
        _sender = null;
    }

    private sealed record Waiter(T Item, long Bytes)
    {
        // Continuations run elsewhere, because the result is set under the lock.
        public TaskCompletionSource<bool> Added { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
