using System.Diagnostics.CodeAnalysis;

namespace Codec.Server.Limits;

/// <summary>
/// A queue that gives each caller a turn, and in a caller's turn each of its flows: many items of one do not delay the few of another.
/// Items of one flow keep their order. Bounded by its writers, each of which holds a place elsewhere.
/// </summary>
internal sealed class FairQueue<T>
{
    private readonly Lock _lock = new();

    // The next turn first; a caller, and a flow in it, is listed while it has items.
    private readonly LinkedList<CallerItems> _callers = new();
    private int _count;

    /// <summary>Number of items.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds an item.</summary>
    public void Enqueue(Payer payer, T item)
    {
        lock (_lock)
        {
            FlowOf(CallerOf(payer), payer).Items.Enqueue(item);
            _count++;
        }
    }

    /// <summary>Removes the next item: of the flow whose turn it is, of the caller whose turn it is.</summary>
    /// <param name="item">The item; none if the queue is empty, or if the next one does not fit.</param>
    /// <param name="fits">Whether the next item is wanted; null wants any.</param>
    public bool TryDequeue([MaybeNullWhen(false)] out T item, Func<T, bool>? fits = null)
    {
        lock (_lock)
        {
            LinkedListNode<CallerItems>? caller = _callers.First;
            LinkedListNode<FlowItems>? flow = caller?.Value.Flows.First;
            if (caller is null || flow is null || fits?.Invoke(flow.Value.Items.Peek()) == false)
            {
                item = default;
                return false;
            }

            item = flow.Value.Items.Dequeue();
            _count--;
            _callers.RemoveFirst();
            caller.Value.Flows.RemoveFirst();
            if (flow.Value.Items.Count > 0)
                caller.Value.Flows.AddLast(flow);

            if (caller.Value.Flows.Count > 0)
                _callers.AddLast(caller);

            return true;
        }
    }

    private CallerItems CallerOf(Payer payer)
    {
        foreach (CallerItems listed in _callers)
        {
            if (listed.Caller == payer.Caller)
                return listed;
        }

        return _callers.AddLast(new CallerItems(payer.Caller)).Value;
    }

    private static FlowItems FlowOf(CallerItems caller, Payer payer)
    {
        foreach (FlowItems listed in caller.Flows)
        {
            if (listed.Flow == payer.Flow)
                return listed;
        }

        return caller.Flows.AddLast(new FlowItems(payer.Flow)).Value;
    }

    private sealed record CallerItems(string Caller)
    {
        public LinkedList<FlowItems> Flows { get; } = new();
    }

    private sealed record FlowItems(string Flow)
    {
        public Queue<T> Items { get; } = new();
    }
}
