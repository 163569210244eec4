using System.Diagnostics;

namespace Codec.Client.Transport;

/// <summary>
/// What was handed in and is not answered yet, in order and bounded: one side adds, one sends, one takes the answers off. After a lost
/// connection <see cref="Rewind"/> lets all of it be sent again.
/// </summary>
internal sealed class InFlightWindow<T> : IDisposable
{
    private readonly Lock _lock = new();
    private readonly T[] _ring;
    private readonly SemaphoreSlim _room;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private int _head;
    private int _count;
    private int _sent;
    private bool _completed;

    public InFlightWindow(int capacity) => (_ring, _room) = (new T[capacity], new SemaphoreSlim(capacity, capacity));

    /// <summary>Items without an answer.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>Whether nothing more will be added and everything is answered.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_lock) return _completed && _count == 0;
        }
    }

    /// <summary>Adds an item; waits while the window is full.</summary>
    public async Task AddAsync(T item, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _ring[(_head + _count) % _ring.Length] = item;
            _count++;
            Wake();
        }
    }

    /// <summary>Nothing more will be added.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Wake();
        }
    }

    /// <summary>The next item to send; waits for one. Nothing once the window is complete and all of it is sent.</summary>
    public async Task<(bool Found, T Item)> NextToSendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_sent < _count) return (true, _ring[(_head + _sent++) % _ring.Length]);
                if (_completed) return (false, default!);
            }

            await _wake.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The connection is a new one: everything without an answer is to be sent on it.</summary>
    public void Rewind()
    {
        lock (_lock)
        {
            _sent = 0;
            Wake();
        }
    }

    /// <summary>The oldest item that was sent, which the next answer is for; nothing where no answer is due.</summary>
    public bool TryPeek(out T item)
    {
        lock (_lock)
        {
            item = _sent > 0 ? _ring[_head] : default!;
            return _sent > 0;
        }
    }

    /// <summary>Takes the oldest item off: it is answered.</summary>
    public void Remove()
    {
        lock (_lock)
        {
            Debug.Assert(_sent > 0, "Only what was sent can be answered.");
            _ring[_head] = default!;
            _head = (_head + 1) % _ring.Length;
            _count--;
            _sent--;
        }

        _room.Release();
    }

    /// <summary>Takes everything off that was not answered.</summary>
    public IReadOnlyList<T> Abandon()
    {
        lock (_lock)
        {
            T[] rest = [.. Enumerable.Range(0, _count).Select(i => _ring[(_head + i) % _ring.Length])];
            (_count, _sent, _completed) = (0, 0, true);
            Array.Clear(_ring);
            return rest;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _room.Dispose();
        _wake.Dispose();
    }

    /// <summary>At most one waits, and it looks again whenever it is woken: one permit is enough.</summary>
    private void Wake()
    {
        if (_wake.CurrentCount == 0) _wake.Release();
    }
}
