namespace Codec.Server.Limits;

/// <summary>Bounds the places that one caller takes, so that it leaves some to others.</summary>
/// <param name="what">What is bounded, as the refusal names it.</param>
/// <param name="limit">Places of one caller.</param>
internal sealed class CallerShares(string what, int limit)
{
    private readonly Lock _lock = new();

    // Only callers that hold a place are in it.
    private readonly Dictionary<string, int> _taken = [];

    /// <summary>Takes a place until the returned object is disposed.</summary>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: the caller's share is taken.</exception>
    public IDisposable Enter(string caller)
    {
        lock (_lock)
        {
            int taken = _taken.GetValueOrDefault(caller);
            _taken[caller] = taken < limit ? taken + 1 : throw RequestException.Busy(what, limit);
            return new Place(this, caller);
        }
    }

    private void Leave(string caller)
    {
        lock (_lock)
        {
            if (--_taken[caller] == 0)
                _taken.Remove(caller);
        }
    }

    private sealed class Place(CallerShares owner, string caller) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _left, true))
                owner.Leave(caller);
        }
    }
}
