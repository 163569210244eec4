using System.Runtime.InteropServices;

namespace Codec.Server.Limits;

/// <summary>The largest amounts of a budget that may be held at the same time.</summary>
/// <param name="Total">By all callers together.</param>
/// <param name="Caller">By one caller.</param>
/// <param name="Connection">By one connection; a larger amount is admitted alone, as this amount.</param>
internal readonly record struct BudgetShares(long Total, long Caller, long Connection);

/// <summary>
/// Bounds what is held at the same time, such as bytes in memory: in total, for each caller, and for each connection. An amount that
/// becomes free goes to the waiting caller that holds least, then to its connection that holds least, then to the earliest reservation.
/// </summary>
/// <param name="what">What is bounded, as the refusal names it.</param>
/// <param name="shares">The bounds.</param>
/// <param name="time">Measures bounded waits.</param>
internal sealed class FairBudget(string what, BudgetShares shares, TimeProvider time)
{
    private readonly Lock _lock = new();

    // Amounts held, by caller and by connection; who holds nothing is not listed, so that both stay small.
    private readonly Dictionary<string, long> _callers = [];
    private readonly Dictionary<string, long> _connections = [];

    // Waiting reservations by connection, in order of arrival. A connection is listed while one of its reservations waits.
    private readonly Dictionary<string, LinkedList<Reservation>> _waiting = [];
    private long _held;
    private long _coming;

    /// <summary>The most that may be held.</summary>
    public long Limit => shares.Total;

    /// <summary>What is held now.</summary>
    public long Held
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    /// <summary>Number of reservations that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Values.Sum(connection => connection.Count);
            }
        }
    }

    /// <summary>What a caller and its connection hold.</summary>
    public (long Caller, long Connection) HeldBy(Payer payer)
    {
        lock (_lock)
        {
            return (_callers.GetValueOrDefault(payer.Caller), _connections.GetValueOrDefault(payer.Connection));
        }
    }

    /// <summary>Takes an amount until the returned object is disposed.</summary>
    /// <param name="payer">Whose share it is taken from.</param>
    /// <param name="amount">The amount; one that exceeds a connection's share takes all of that share.</param>
    /// <param name="wait">How long to wait for it: zero refuses at once, infinite waits as long as it takes (backpressure).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: it did not become free in time.</exception>
    public async ValueTask<Reservation> TakeAsync(Payer payer, long amount, TimeSpan wait, CancellationToken cancellationToken)
    {
        var reservation = new Reservation(this, payer, Math.Clamp(amount, 1, shares.Connection));
        lock (_lock)
        {
            if (TryEnter(reservation))
                return reservation;

            if (wait == TimeSpan.Zero)
                throw Full();

            reservation.Wait(++_coming);
            if (!_waiting.TryGetValue(payer.Connection, out LinkedList<Reservation>? connection))
                _waiting.Add(payer.Connection, connection = new LinkedList<Reservation>());

            connection.AddLast(reservation);
        }

        try
        {
            await reservation.Granted.WaitAsync(wait, time, cancellationToken);
            return reservation;
        }
        catch (TimeoutException)
        {
            reservation.Dispose();
            throw Full();
        }
        catch (OperationCanceledException)
        {
            reservation.Dispose();
            throw;
        }
    }

    /// <summary>Takes an amount if it is free and no caller waits for room; returns null otherwise.</summary>
    public Reservation? TryTake(Payer payer, long amount)
    {
        var reservation = new Reservation(this, payer, Math.Clamp(amount, 1, shares.Connection));
        lock (_lock)
        {
            return TryEnter(reservation) ? reservation : null;
        }
    }

    private bool TryEnter(Reservation reservation)
    {
        // Usually no caller waits: this runs for each message and image.
        if (!HasRoom(reservation) || (_waiting.Count > 0 && Heads().Any(head => Precedes(head, reservation))))
            return false;

        Add(reservation.Payer, reservation.Amount);
        return true;
    }

    private IEnumerable<Reservation> Heads() => _waiting.Values.Select(connection => connection.First!.Value);

    private RequestException Full() => RequestException.Busy(what, shares.Total);

    private bool HasRoom(Reservation reservation) => HasShare(reservation) && _held + reservation.Amount <= shares.Total;

    private bool HasShare(Reservation reservation)
    {
        (long caller, long connection) = HeldBy(reservation);
        return caller + reservation.Amount <= shares.Caller && connection + reservation.Amount <= shares.Connection;
    }

    /// <summary>Whether a waiting reservation precedes one that has just arrived; otherwise newcomers would starve it.</summary>
    private bool Precedes(Reservation waiting, Reservation newcomer) =>
        waiting.Payer.Connection == newcomer.Payer.Connection
        || ((waiting.Payer.Caller == newcomer.Payer.Caller || HasShare(waiting)) && HeldBy(waiting).CompareTo(HeldBy(newcomer)) <= 0);

    private bool StopsWaiting(Reservation reservation)
    {
        if (
            !reservation.HadToWait
            || !_waiting.TryGetValue(reservation.Payer.Connection, out LinkedList<Reservation>? connection)
            || !connection.Remove(reservation)
        )
        {
            return false;
        }

        if (connection.Count == 0)
            _waiting.Remove(reservation.Payer.Connection);

        return true;
    }

    private (long Caller, long Connection) HeldBy(Reservation reservation) => HeldBy(reservation.Payer);

    private void Add(Payer payer, long amount)
    {
        _held += amount;
        Add(_callers, payer.Caller, amount);
        Add(_connections, payer.Connection, amount);
    }

    private static void Add(Dictionary<string, long> held, string key, long amount)
    {
        ref long now = ref CollectionsMarshal.GetValueRefOrAddDefault(held, key, out _);
        now += amount;
        if (now == 0)
            held.Remove(key);
    }

    private void Keep(Reservation reservation, long amount)
    {
        List<Reservation>? granted = null;
        lock (_lock)
        {
            long excess = reservation.Amount - amount;
            if (excess <= 0)
                return;

            reservation.Amount = amount;

            // A waiting reservation was never granted, so it holds nothing; reservations after it may now be next.
            if (!StopsWaiting(reservation))
                Add(reservation.Payer, -excess);

            while (_waiting.Count > 0 && Heads().Where(HasShare).MinBy(head => (HeldBy(head), head.Number)) is { } next && HasRoom(next))
            {
                StopsWaiting(next);
                Add(next.Payer, next.Amount);
                (granted ??= []).Add(next);
            }
        }

        granted?.ForEach(next => next.Grant());
    }

    /// <summary>An amount that is held until this is disposed.</summary>
    internal sealed class Reservation(FairBudget budget, Payer payer, long amount) : IDisposable
    {
        // Null unless it has to wait.
        private TaskCompletionSource? _granted;

        // Guarded by the budget's lock.
        internal long Amount { get; set; } = amount;

        // The order of arrival of waiting reservations.
        internal long Number { get; private set; }

        internal bool HadToWait => _granted is not null;

        internal Payer Payer => payer;

        internal Task Granted => _granted!.Task;

        internal void Wait(long number)
        {
            Number = number;
            _granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        internal void Grant() => _granted!.TrySetResult();

        /// <summary>Returns what exceeds an amount.</summary>
        public void ShrinkTo(long amount) => budget.Keep(this, Math.Max(amount, 1));

        /// <inheritdoc/>
        public void Dispose() => budget.Keep(this, 0);
    }
}
