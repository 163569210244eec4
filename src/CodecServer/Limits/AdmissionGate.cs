namespace Codec.Server.Limits;

/// <summary>Bounds concurrent work: a caller takes a place before anything is allocated for its request.</summary>
/// <param name="what">Name of what is bounded, for the refusal.</param>
/// <param name="limit">Number of places.</param>
internal sealed class AdmissionGate(string what, int limit) : IDisposable
{
    private readonly SemaphoreSlim _places = new(limit, limit);

    /// <summary>Number of places.</summary>
    public int Limit => limit;

    /// <summary>Places that are taken now.</summary>
    public int Taken => limit - _places.CurrentCount;

    /// <summary>Takes a place until the returned object is disposed.</summary>
    /// <param name="wait">True waits for a free place (backpressure); false refuses at once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: all places are taken.</exception>
    public async ValueTask<IDisposable> EnterAsync(bool wait, CancellationToken cancellationToken) =>
        await _places.WaitAsync(wait ? Timeout.Infinite : 0, cancellationToken)
            ? new Place(_places)
            : throw RequestException.Busy(what, limit);

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _left, true))
                places.Release();
        }
    }
}
