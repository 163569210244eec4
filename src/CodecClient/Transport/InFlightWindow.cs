using System.Diagnostics;

namespace Codec.Client.Transport;

/// <summary>
/// What was handed in and is not answered yet, in order and bounded in items and bytes: many add, one sends, one takes the answers off.
/// After a lost connection <see cref="Rewind"/> lets all of it be sent again.
/// </summary>
/// <param name="maxItems">Most items.</param>
/// <param name="maxBytes">
/// Most bytes of them together; a larger item is let in when the window is empty, so that it can pass at all.
/// </param>
/// <param name="time">The clock of <see cref="Unanswered"/>.</param>
internal sealed class InFlightWindow<T>(int maxItems, long maxBytes, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly (T Item, long Bytes)[] _ring = new (T, long)[maxItems];

    // First come, first served: a small item does not overtake a large one that waits for bytes.
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

    /// <summary>Items without an answer.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _count;
        }
    }

    /// <summary>Whether nothing more will be added and everything is answered.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_lock)
                return _completed && _count == 0;
        }
    }

    /// <summary>
    /// How long the oldest item has been the oldest: since the last answer was taken, or since it came into an empty window. Null where
    /// there is none, and while its answer is taken: the server is not late then.
    /// </summary>
    public TimeSpan? Unanswered
    {
        get
        {
            lock (_lock)
                return _count == 0 || _answering ? null : time.GetElapsedTime(_since);
        }
    }

    /// <summary>Adds an item; waits while the window is full, in the order of the calls.</summary>
    /// <returns>False where the window was abandoned: the item is not in it.</returns>
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

    /// <summary>Nothing more will be added.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            WakeSender();
        }
    }

    /// <summary>The next item to send; waits for one. Nothing once the window is complete and all of it is sent.</summary>
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

    /// <summary>The connection is a new one: everything without an answer is to be sent on it.</summary>
    public void Rewind()
    {
        lock (_lock)
        {
            (_sent, _answering) = (0, false);
            WakeSender();
        }
    }

    /// <summary>
    /// The oldest item that was sent, whose answer came and is taken until <see cref="Remove"/>; nothing where no answer is due.
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

    /// <summary>Takes the oldest item off: it is answered.</summary>
    public void Remove()
    {
        lock (_lock)
        {
            if (_abandoned)
                return;
            Debug.Assert(_sent > 0, "Only what was sent can be answered.");
            _bytes -= _ring[_head].Bytes;
            _ring[_head] = default;
            _head = (_head + 1) % _ring.Length;
            _count--;
            _sent--;
            _answering = false;
            _since = time.GetTimestamp();
            LetIn();
        }
    }

    /// <summary>Takes everything off that was not answered, and lets nothing more in.</summary>
    public IReadOnlyList<T> Abandon()
    {
        lock (_lock)
        {
            T[] rest = [.. Enumerable.Range(0, _count).Select(i => _ring[(_head + i) % _ring.Length].Item)];
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
            // It may have been let in meanwhile.
            if (place.List is null)
                return;
            _waiters.Remove(place);
            place.Value.Added.SetCanceled(cancellationToken);
            LetIn();
        }
    }

    /// <summary>Lets in those who wait, as far as there is room; the lock is held.</summary>
    private void LetIn()
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
        WakeSender();
    }

    /// <summary>At most one waits to send, and it looks again whenever it is woken; the lock is held.</summary>
    private void WakeSender()
    {
        _sender?.TrySetResult();
        _sender = null;
    }

    private sealed record Waiter(T Item, long Bytes)
    {
        // Continuations run elsewhere: the lock is held where it is set.
        public TaskCompletionSource<bool> Added { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
