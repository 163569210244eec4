namespace Codec.Server.Hosting;

/// <summary>Stops the server in order: streams end with a status, clients read it, and only then do connections close.</summary>
/// <remarks>
/// gRPC does not end streams when the host stops (grpc-dotnet #2357), so each stream ends itself through <see cref="Link"/>. Kestrel closes
/// a connection as soon as its last call has returned. That close can overtake the call's status on its way to a client that is still
/// sending; the client then reports a broken connection (INTERNAL) instead of UNAVAILABLE.
/// </remarks>
internal sealed class Drain(IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>Time for clients to read the status of their streams after the last one has ended: one slow round trip.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    /// <summary>Whether the server is draining: no new call may begin.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Returns a source that is canceled when the server drains or one of the tokens is; owned by the caller.</summary>
    public CancellationTokenSource Link(params ReadOnlySpan<CancellationToken> tokens) =>
        CancellationTokenSource.CreateLinkedTokenSource([lifetime.ApplicationStopping, .. tokens]);

    /// <summary>Counts a call as running until the returned object is disposed.</summary>
    /// <exception cref="RequestException">Unavailable: the server is draining.</exception>
    public IDisposable Enter()
    {
        lock (_lock)
        {
            if (HasBegun)
                throw RequestException.Draining();

            _calls++;
            return new Call(this);
        }
    }

    /// <summary>Begins to drain and waits for the running calls, within the time that the host allows. Runs before Kestrel stops.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        lock (_lock)
        {
            if (_calls == 0)
                return;
        }

        try
        {
            await _idle.Task.WaitAsync(cancellationToken);
            await Task.Delay(Linger, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The time that the host allows has passed: Kestrel aborts the remaining calls.
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Leave()
    {
        lock (_lock)
        {
            if (--_calls == 0 && HasBegun)
                _idle.TrySetResult();
        }
    }

    private sealed class Call(Drain drain) : IDisposable
    {
        public void Dispose() => drain.Leave();
    }
}
