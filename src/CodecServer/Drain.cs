using Grpc.Core;

namespace Codec.Server;

/// <summary>Stops the server in order: streams end with a status, clients read it, and only then connections close.</summary>
/// <remarks>
/// gRPC does not end streams when the host stops (grpc-dotnet #2357): each stream does, by <see cref="Link"/>. And Kestrel closes a
/// connection as soon as its last call has returned, which can overtake that call's status in a client that was still sending: it
/// would then see a broken connection (INTERNAL) where it was told UNAVAILABLE.
/// </remarks>
internal sealed class Drain(IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    /// <summary>What a client gets to read the status of its streams, once the last has ended: a slow round trip.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    /// <summary>Whether nothing new may begin.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Cancelled when the server drains or the call ends; owned by the caller.</summary>
    public CancellationTokenSource Link(ServerCallContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, context.CancellationToken);

    /// <summary>Counts a call until what is returned is disposed.</summary>
    /// <exception cref="RequestException">Unavailable: the server drains.</exception>
    public IDisposable Enter()
    {
        lock (_lock)
        {
            if (HasBegun)
            {
                throw RequestException.Draining();
            }

            _calls++;
            return new Call(this);
        }
    }

    /// <summary>Runs before Kestrel stops: begins to drain, and waits for the calls, within the time that the host allows.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        lock (_lock)
        {
            if (_calls == 0)
            {
                return;
            }
        }

        try
        {
            await _idle.Task.WaitAsync(cancellationToken);
            await Task.Delay(Linger, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The time is over: Kestrel breaks off what is left.
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
            {
                _idle.TrySetResult();
            }
        }
    }

    private sealed class Call(Drain drain) : IDisposable
    {
        public void Dispose() => drain.Leave();
    }
}
