using System.Runtime.ExceptionServices;

namespace Codec.Client.Transport;

/// <summary>Something that is opened on the thread pool into items, one after the other, such as a frame of codes.</summary>
internal interface IReadAheadSource<T>
{
    /// <summary>Opens it where it is not open, and says what the next item will take.</summary>
    /// <param name="bytes">Bytes that the next item takes until the consumer has it.</param>
    /// <returns>Whether there is another item.</returns>
    bool TryPeek(out long bytes);

    /// <summary>Makes the next item; <see cref="TryPeek"/> was called before.</summary>
    T Next();
}

/// <summary>
/// Turns sources into items on the thread pool, in parallel across sources, and hands the items out in the order of the sources. What is
/// held has a bound in bytes; one producer adds, one consumer takes.
/// </summary>
/// <remarks>
/// <para>
/// The budget counts each source's own bytes until its last item is taken, and each item's from before it is made until it is taken. It
/// goes to the sources in their order: while one waits, none after it starts. The first source may always make one item when none of its
/// own waits, whatever is held, and a source is always added where none is left; so neither waits for ever, and what is held exceeds the
/// budget by at most one item and one source.
/// </para>
/// <para>
/// Small items are handed over many at a time, so that a consumer of small images is not woken for each.
/// </para>
/// </remarks>
internal sealed class ReadAhead<T>(long budget, int workers)
{
    /// <summary>Items are handed over as soon as those of one source take this many bytes together.</summary>
    private const long HandOverBytes = 64 << 10;

    /// <summary>
    /// A source that waits for bytes starts when this share of the budget is free, and then makes many items: a worker for each item that
    /// the consumer takes would cost more than small items do.
    /// </summary>
    private const int ReservedShare = 16;

    private readonly Lock _lock = new();

    /// <summary>Every source that the consumer has not passed, in order.</summary>
    private readonly Queue<Entry> _entries = new();

    /// <summary>Those of them with items still to be made, in order.</summary>
    private readonly LinkedList<Entry> _unfinished = new();

    private TaskCompletionSource? _itemOrEnd;
    private TaskCompletionSource? _room;
    private long _roomBytes;
    private ExceptionDispatchInfo? _failure;
    private bool _completed;
    private bool _abandoned;
    private int _working;

    /// <summary>Bytes held now.</summary>
    public long Held { get; private set; }

    /// <summary>The item that <see cref="MoveNextAsync"/> found.</summary>
    public T Current { get; private set; } = default!;

    /// <summary>Adds a source after all others; waits until the budget has room for it.</summary>
    /// <param name="source">Makes the items; called by one thread at a time, never by the caller's.</param>
    /// <param name="bytes">Bytes that the source itself holds.</param>
    /// <param name="cancellationToken">Ends the waiting; nothing is added then.</param>
    public async ValueTask AddAsync(IReadAheadSource<T> source, long bytes, CancellationToken cancellationToken)
    {
        while (WaitForRoom(bytes) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        Add(new Entry(this, source, bytes));
    }

    /// <summary>Adds an item that is already made; waits until the budget has room for it.</summary>
    public async ValueTask AddAsync(T item, long bytes, CancellationToken cancellationToken)
    {
        while (WaitForRoom(bytes) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        var entry = new Entry(this, null, bytes) { IsFinished = true };
        entry.Ready.Enqueue((item, 0));
        Add(entry);
    }

    /// <summary>Says that nothing is added any more.</summary>
    /// <param name="failure">Reaches the consumer after the last item; null where there is none.</param>
    public void Complete(Exception? failure)
    {
        lock (_lock)
        {
            _completed = true;
            _failure = failure is null ? null : ExceptionDispatchInfo.Capture(failure);
            Wake(ref _itemOrEnd);
        }
    }

    /// <summary>Says that the consumer takes nothing any more: no other item is made.</summary>
    public void Abandon()
    {
        lock (_lock)
            _abandoned = true;
    }

    /// <summary>Takes the next item into <see cref="Current"/>.</summary>
    /// <returns>False at the end.</returns>
    public ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryTake(out bool found) is { } waiting ? WaitAndTakeAsync(waiting, cancellationToken) : new ValueTask<bool>(found);
    }

    private async ValueTask<bool> WaitAndTakeAsync(Task? waiting, CancellationToken cancellationToken)
    {
        bool found = false;
        for (; waiting is not null; waiting = TryTake(out found))
            await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>Takes an item, finds the end, or gives what to wait for.</summary>
    private Task? TryTake(out bool found)
    {
        lock (_lock)
        {
            found = true;
            while (_entries.TryPeek(out Entry? first))
            {
                if (first.Ready.TryDequeue(out (T Item, long Bytes) ready))
                {
                    Current = ready.Item;
                    Release(ready.Bytes);
                    return null;
                }

                if (!first.IsFinished)
                    return Wait(ref _itemOrEnd);
                _entries.Dequeue();
                Release(first.Bytes);
                first.Failure?.Throw();
            }

            found = false;
            if (!_completed)
                return Wait(ref _itemOrEnd);
            _failure?.Throw();
            return null;
        }
    }

    private Task? WaitForRoom(long bytes)
    {
        lock (_lock)
        {
            _roomBytes = bytes;
            return HasRoom() ? null : Wait(ref _room);
        }
    }

    private bool HasRoom() => Held + _roomBytes <= budget || _entries.Count == 0;

    private void Add(Entry entry)
    {
        lock (_lock)
        {
            Held += entry.Bytes;
            _entries.Enqueue(entry);
            if (entry.IsFinished)
                Wake(ref _itemOrEnd);
            else
                _unfinished.AddLast(entry.Node);
            Start();
        }
    }

    /// <summary>Gives bytes back: first to the sources, which come before what is not yet added.</summary>
    private void Release(long bytes)
    {
        Held -= bytes;
        Start();
        if (HasRoom())
            Wake(ref _room);
    }

    /// <summary>Starts as many sources as there are workers and bytes for, in order, and takes the bytes for them.</summary>
    private void Start()
    {
        for (LinkedListNode<Entry>? node = _unfinished.First; node is not null && _working < workers && !_abandoned; node = node.Next)
        {
            Entry entry = node.Value;
            if (entry.IsWorking)
                continue;
            if (!Fits(entry, budget / ReservedShare))
                return;
            Held += entry.NextBytes;
            entry.IsPaid = entry.NextBytes > 0;
            entry.IsWorking = true;
            _working++;
            ThreadPool.UnsafeQueueUserWorkItem(entry, preferLocal: false);
        }
    }

    /// <summary>Whether the source may make its next item. The first one may whenever none of its own waits.</summary>
    /// <param name="entry">The source.</param>
    /// <param name="reserve">Bytes that must stay free besides.</param>
    private bool Fits(Entry entry, long reserve) =>
        Held + entry.NextBytes + reserve <= budget
        || (entry.Ready.Count + entry.Made.Count == 0 && ReferenceEquals(entry, _entries.Peek()));

    /// <summary>Whether a source before this one waits for bytes.</summary>
    private static bool IsPrecededByWaiting(Entry entry)
    {
        for (LinkedListNode<Entry>? node = entry.Node.Previous; node is not null; node = node.Previous)
        {
            if (!node.Value.IsWorking)
                return true;
        }

        return false;
    }

    /// <summary>Takes the bytes of the source's next item; where there are none, hands over what it made.</summary>
    /// <returns>Whether to make it now; otherwise the worker leaves, and <see cref="Start"/> goes on with the source.</returns>
    private bool TryGoOn(Entry entry, long bytes)
    {
        lock (_lock)
        {
            if (entry.IsPaid)
            {
                entry.IsPaid = false;
                return !_abandoned;
            }

            entry.NextBytes = bytes;
            if (!_abandoned && Fits(entry, reserve: 0) && !IsPrecededByWaiting(entry))
            {
                Held += bytes;
                if (entry.MadeBytes >= HandOverBytes)
                    HandOver(entry);
                return true;
            }

            HandOver(entry);
            entry.IsWorking = false;
            _working--;
            Start();
            return false;
        }
    }

    /// <param name="entry">The source.</param>
    /// <param name="failure">Why it makes no more items, where that is a failure.</param>
    /// <param name="unused">Bytes that were taken for an item that was not made.</param>
    private void Finish(Entry entry, Exception? failure, long unused)
    {
        lock (_lock)
        {
            Held -= unused;
            HandOver(entry);
            entry.IsFinished = true;
            entry.Failure = failure is null ? null : ExceptionDispatchInfo.Capture(failure);
            _unfinished.Remove(entry.Node);
            _working--;
            if (ReferenceEquals(entry, _entries.Peek()))
                Wake(ref _itemOrEnd);
            Start();
        }
    }

    private void HandOver(Entry entry)
    {
        foreach ((T Item, long Bytes) made in entry.Made)
            entry.Ready.Enqueue(made);
        entry.Made.Clear();
        entry.MadeBytes = 0;
        // Another source's items are found when the consumer comes to them.
        if (entry.Ready.Count > 0 && ReferenceEquals(entry, _entries.Peek()))
            Wake(ref _itemOrEnd);
    }

    private static Task Wait(ref TaskCompletionSource? signal) =>
        (signal ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private static void Wake(ref TaskCompletionSource? signal)
    {
        signal?.SetResult();
        signal = null;
    }

    /// <summary>
    /// A source and its items. What is made belongs to its worker, and to the lock while none works; all else to the lock.
    /// </summary>
    private sealed class Entry : IThreadPoolWorkItem
    {
        private readonly ReadAhead<T> _owner;
        private readonly IReadAheadSource<T>? _source;

        public Entry(ReadAhead<T> owner, IReadAheadSource<T>? source, long bytes)
        {
            (_owner, _source, Bytes) = (owner, source, bytes);
            Node = new LinkedListNode<Entry>(this);
        }

        /// <summary>Its place among the unfinished.</summary>
        public LinkedListNode<Entry> Node { get; }

        /// <summary>Bytes that the source itself holds.</summary>
        public long Bytes { get; }

        /// <summary>Items that the consumer may take.</summary>
        public Queue<(T Item, long Bytes)> Ready { get; } = new();

        /// <summary>Items that are not yet handed over.</summary>
        public List<(T Item, long Bytes)> Made { get; } = [];

        public long MadeBytes { get; set; }

        /// <summary>Bytes of the next item; 0 as long as the source is not open.</summary>
        public long NextBytes { get; set; }

        public bool IsWorking { get; set; }

        /// <summary>Whether the bytes of the next item are taken already.</summary>
        public bool IsPaid { get; set; }

        public bool IsFinished { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }

        public void Execute()
        {
            long taken = 0;
            try
            {
                while (_source!.TryPeek(out long bytes))
                {
                    if (!_owner.TryGoOn(this, bytes))
                        return;
                    taken = bytes;
                    Made.Add((_source.Next(), bytes));
                    MadeBytes += bytes;
                    taken = 0;
                }

                _owner.Finish(this, null, unused: 0);
            }
            catch (Exception exception)
            {
                // It reaches the consumer in its place.
                _owner.Finish(this, exception, taken);
            }
        }
    }
}
