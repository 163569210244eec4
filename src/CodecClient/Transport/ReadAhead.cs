using System.Runtime.ExceptionServices;

namespace Codec.Client.Transport;

/// <summary>A source of items that is opened on the thread pool, such as a frame of codes.</summary>
internal interface IReadAheadSource<T>
{
    /// <summary>Opens the source if necessary, and returns how many bytes the next item takes.</summary>
    /// <param name="bytes">Bytes that the next item holds until the consumer takes it.</param>
    /// <returns>Whether there is another item.</returns>
    bool TryPeek(out long bytes);

    /// <summary>Makes the next item, after <see cref="TryPeek"/> returned true.</summary>
    T Next();
}

/// <summary>
/// Turns sources into items on the thread pool, in parallel across sources, and returns the items in the order of the sources. The held
/// bytes are bounded. One producer adds, one consumer takes.
/// </summary>
/// <remarks>
/// <para>
/// The budget counts each source's own bytes until its last item is taken, and each item's bytes from before it is made until it is taken.
/// It is granted to the sources in order: while one waits for bytes, none after it starts. Two rules prevent a deadlock, and exceed the
/// budget by at most one item and one source: the first source may always make one item when it has none ready, and a source may always be
/// added when there is no other.
/// </para>
/// <para>
/// Small items are handed over in batches, so that a consumer of small images is not woken for each.
/// </para>
/// </remarks>
internal sealed class ReadAhead<T>(long budget, int workers)
{
    /// <summary>
    /// Items of a source are handed over as soon as they take this many bytes together: about 20 faces of 64×64, which take half a
    /// millisecond. To wake a waiting consumer allocates about 500 bytes.
    /// </summary>
    private const long HandOverBytes = 256 << 10;

    /// <summary>
    /// A waiting source starts when 1/16 of the budget is free, and then makes many items. Starting a worker for each item that the
    /// consumer takes would cost more than making a small item does.
    /// </summary>
    private const int ReservedShare = 16;

    /// <summary>Memory for at most this many items is kept for the next sources: about 1 MiB.</summary>
    private const int MaxSpareItems = 16 << 10;

    /// <summary>The items of a source that has not started; nothing is added to it.</summary>
    private static readonly ReadAheadItems<T> None = new();

    private readonly Lock _lock = new();

    /// <summary>Every source that the consumer has not finished, in order.</summary>
    private readonly Queue<Entry> _entries = new();

    /// <summary>The sources with items still to be made, in order.</summary>
    private readonly LinkedList<Entry> _unfinished = new();

    private readonly Stack<ReadAheadItems<T>> _spares = new();
    private int _spareItems;

    private TaskCompletionSource? _itemOrEnd;
    private TaskCompletionSource? _room;
    private long _roomBytes;
    private ExceptionDispatchInfo? _failure;
    private bool _completed;
    private bool _abandoned;
    private int _working;

    /// <summary>Bytes that are held now.</summary>
    public long Held { get; private set; }

    /// <summary>The item that <see cref="MoveNextAsync"/> took.</summary>
    public T Current { get; private set; } = default!;

    /// <summary>Adds a source after all others; waits until its bytes fit into the budget.</summary>
    /// <param name="source">Makes the items; used by one thread at a time, never by the caller's.</param>
    /// <param name="bytes">Bytes that the source itself holds.</param>
    /// <param name="cancellationToken">Stops waiting; nothing is added.</param>
    public async ValueTask AddAsync(IReadAheadSource<T> source, long bytes, CancellationToken cancellationToken)
    {
        while (WaitForRoom(bytes) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        Add(source, default, bytes);
    }

    /// <summary>Adds an item that is already made; waits until its bytes fit into the budget.</summary>
    public async ValueTask AddAsync(T item, long bytes, CancellationToken cancellationToken)
    {
        while (WaitForRoom(bytes) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        Add(null, item, bytes);
    }

    /// <summary>Ends the sequence: nothing more will be added.</summary>
    /// <param name="failure">Thrown to the consumer after the last item; null for none.</param>
    public void Complete(Exception? failure)
    {
        lock (_lock)
        {
            _completed = true;
            _failure = failure is null ? null : ExceptionDispatchInfo.Capture(failure);
            Wake(ref _itemOrEnd);
        }
    }

    /// <summary>Stops making items, because the consumer takes no more.</summary>
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

    /// <summary>Takes an item or finds the end; otherwise returns the task to wait for.</summary>
    private Task? TryTake(out bool found)
    {
        lock (_lock)
        {
            found = true;
            while (_entries.TryPeek(out Entry? first))
            {
                if (first.Items.Ready.TryDequeue(out (T Item, long Bytes) ready))
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
                Keep(first.Items);
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

    /// <summary>Adds a source, or an item that is already made if the source is null.</summary>
    private void Add(IReadAheadSource<T>? source, T? item, long bytes)
    {
        lock (_lock)
        {
            var entry = new Entry(this, source, bytes);
            Held += bytes;
            _entries.Enqueue(entry);
            if (source is null)
            {
                entry.Items = TakeSpare();
                entry.Items.Ready.Enqueue((item!, 0));
                Wake(ref _itemOrEnd);
            }
            else
            {
                _unfinished.AddLast(entry.Node);
            }

            Start();
        }
    }

    /// <summary>Keeps the memory of a finished source, all of whose items are taken, for another.</summary>
    private void Keep(ReadAheadItems<T> items)
    {
        if (ReferenceEquals(items, None) || _spareItems + items.Capacity > MaxSpareItems)
            return;
        _spareItems += items.Capacity;
        _spares.Push(items);
    }

    private ReadAheadItems<T> TakeSpare()
    {
        if (!_spares.TryPop(out ReadAheadItems<T>? spare))
            return new ReadAheadItems<T>();
        _spareItems -= spare.Capacity;
        return spare;
    }

    /// <summary>Releases bytes: first to the added sources, then to the producer that waits to add one.</summary>
    private void Release(long bytes)
    {
        Held -= bytes;
        Start();
        if (HasRoom())
            Wake(ref _room);
    }

    /// <summary>Starts sources in order, as many as there are workers and bytes for, and takes the bytes of their next items.</summary>
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
            // Many more sources may wait than have items.
            if (ReferenceEquals(entry.Items, None))
                entry.Items = TakeSpare();
            entry.IsWorking = true;
            _working++;
            ThreadPool.UnsafeQueueUserWorkItem(entry, preferLocal: false);
        }
    }

    /// <summary>Whether the source may make its next item. The first source always may when none of its items is ready.</summary>
    /// <param name="entry">The source.</param>
    /// <param name="reserve">Bytes that must also stay free.</param>
    private bool Fits(Entry entry, long reserve) =>
        Held + entry.NextBytes + reserve <= budget || (entry.Items.IsEmpty && ReferenceEquals(entry, _entries.Peek()));

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

    /// <summary>Takes the bytes of the source's next item; if they do not fit, hands over the items that it made.</summary>
    /// <returns>Whether to make the item now; otherwise the worker ends, and <see cref="Start"/> continues the source later.</returns>
    private bool TryContinue(Entry entry, long bytes)
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
                if (entry.Items.MadeBytes >= HandOverBytes)
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

    /// <summary>Ends a source, and hands over the items that it made.</summary>
    /// <param name="entry">The source.</param>
    /// <param name="failure">The failure that ended the source; null if it ended normally.</param>
    /// <param name="unused">Bytes taken for an item that was not made.</param>
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
        entry.Items.HandOver();
        // The consumer waits only for the first source; it finds the items of others when it reaches them.
        if (entry.Items.Ready.Count > 0 && ReferenceEquals(entry, _entries.Peek()))
            Wake(ref _itemOrEnd);
    }

    private static Task Wait(ref TaskCompletionSource? signal) =>
        (signal ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private static void Wake(ref TaskCompletionSource? signal)
    {
        signal?.SetResult();
        signal = null;
    }

    /// <summary>A source, or an item that is already made if the source is null. The lock guards everything.</summary>
    private sealed class Entry : IThreadPoolWorkItem
    {
        private readonly ReadAhead<T> _owner;
        private readonly IReadAheadSource<T>? _source;

        public Entry(ReadAhead<T> owner, IReadAheadSource<T>? source, long bytes)
        {
            (_owner, _source, Bytes, IsFinished) = (owner, source, bytes, source is null);
            Node = new LinkedListNode<Entry>(this);
        }

        /// <summary>Its node in the list of unfinished sources.</summary>
        public LinkedListNode<Entry> Node { get; }

        /// <summary>Bytes that the source itself holds.</summary>
        public long Bytes { get; }

        public ReadAheadItems<T> Items { get; set; } = None;

        /// <summary>Bytes of the next item; 0 while the source is not open.</summary>
        public long NextBytes { get; set; }

        public bool IsWorking { get; set; }

        /// <summary>Whether the bytes of the next item are already taken.</summary>
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
                    if (!_owner.TryContinue(this, bytes))
                        return;
                    taken = bytes;
                    Items.Make(_source.Next(), bytes);
                    taken = 0;
                }

                _owner.Finish(this, null, unused: 0);
            }
            catch (Exception exception)
            {
                // The consumer gets it after the items before it.
                _owner.Finish(this, exception, taken);
            }
        }
    }
}
