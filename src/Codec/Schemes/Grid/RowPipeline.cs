using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Codec.Schemes.Grid;

/// <summary>
/// Passes rows from the thread that decodes them to another that synthesizes them, in order. The decoding thread helps while the queue is
/// full, and ends the work itself, so that it never waits for a thread of the pool to start.
/// </summary>
/// <param name="synthesize">Synthesizes a row; never called twice at once.</param>
/// <param name="create">Creates an empty row.</param>
internal sealed class RowPipeline<TRow>(Action<TRow> synthesize, Func<TRow> create)
{
    // Rows that wait: enough to even out rows that take long, few enough to be small beside the image.
    private const int Capacity = 4;

    /// <summary>Most rows that exist: those that wait, the one that is filled, and the one that is synthesized.</summary>
    public const int MostRows = Capacity + 2;

    private readonly Lock _order = new();
    private readonly ConcurrentQueue<TRow> _waiting = new();
    private readonly ConcurrentQueue<TRow> _free = new();
    private Task _helper = Task.CompletedTask;
    private ExceptionDispatchInfo? _failure;

    /// <summary>A row to fill: a new one, or one that has been synthesized.</summary>
    public TRow Rent() => _free.TryDequeue(out TRow? row) ? row : create();

    /// <summary>Queues a full row, which belongs to the pipeline from now on.</summary>
    public void Add(TRow row)
    {
        // Rows that nothing synthesizes must not pile up.
        _failure?.Throw();
        _waiting.Enqueue(row);
        if (_helper.IsCompleted)
            _helper = Task.Run(Drain);
        if (_waiting.Count >= Capacity)
            SynthesizeNext();
    }

    /// <summary>Synthesizes what waits. Afterwards nothing runs, and no row is in use.</summary>
    public void Finish()
    {
        Drain();
        _failure?.Throw();
    }

    /// <summary>Drops what waits. Afterwards nothing runs, and no row is in use.</summary>
    public void Stop()
    {
        lock (_order)
            _waiting.Clear();
    }

    private void Drain()
    {
        while (SynthesizeNext()) { }
    }

    private bool SynthesizeNext()
    {
        // The row is taken inside the lock: rows would otherwise overtake each other.
        lock (_order)
        {
            if (_failure is not null || !_waiting.TryDequeue(out TRow? row))
                return false;
            try
            {
                synthesize(row);
            }
            catch (Exception exception)
            {
                // The decoding thread throws it.
                _failure = ExceptionDispatchInfo.Capture(exception);
                return false;
            }

            _free.Enqueue(row);
            return true;
        }
    }
}
