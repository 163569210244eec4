namespace Codec.Server.Coding;

/// <summary>A bound on concurrent work: a place is entered before anything is allocated for it.</summary>
/// <param name="what">What is bounded, as the refusal names it.</param>
/// <param name="limit">How many places there are.</param>
internal sealed class AdmissionGate(string what, int limit) : IDisposable
{
    private readonly SemaphoreSlim _places = new(limit, limit);

    /// <summary>Enters, and leaves when what is returned is disposed.</summary>
    /// <param name="wait">Whether to wait for a place (backpressure) or to be refused at once.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a time to try again: all places are taken.</exception>
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
            {
                places.Release();
            }
        }
    }
}
