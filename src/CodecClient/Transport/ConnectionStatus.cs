using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>Whether the server is there, as the calls find out, and who wants to know.</summary>
/// <param name="log">Where a failing observer is logged.</param>
internal sealed class ConnectionStatus(ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Queue<ConnectionChangedEventArgs> _changes = new();
    private volatile ConnectionState _state;
    private bool _isTelling;

    /// <summary>Told of each change, of one at a time and in order.</summary>
    public event Action<ConnectionChangedEventArgs>? Changed;

    public ConnectionState State => _state;

    /// <summary>Whether the server was reached once.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>A call begins.</summary>
    public void Begin()
    {
        if (_state == ConnectionState.Idle) Set(ConnectionState.Connecting, null);
    }

    /// <summary>The server answered.</summary>
    public void Connected()
    {
        WasConnected = true;
        Set(ConnectionState.Connected, null);
    }

    /// <summary>The server was not reached, or is not available.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="goesOn">Whether that is tried again.</param>
    public void Failed(CodecException reason, bool goesOn) => Set(goesOn ? ConnectionState.Waiting : ConnectionState.Idle, reason);

    private void Set(ConnectionState state, CodecException? reason)
    {
        // Read outside the lock: each message of a stream comes here.
        if (_state == state) return;
        lock (_lock)
        {
            if (_state == state) return;
            _state = state;
            _changes.Enqueue(new ConnectionChangedEventArgs(state, reason));
            // Outside the lock, and by one thread, so that an observer may call the client and sees the order.
            if (_isTelling) return;
            _isTelling = true;
        }

        while (TryNext(out ConnectionChangedEventArgs? change))
        {
            try
            {
                Changed?.Invoke(change);
            }
            catch (Exception exception)
            {
                // The call that found it out is not to fail for that.
                ClientLog.ObserverFailed(log, exception);
            }
        }
    }

    private bool TryNext([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ConnectionChangedEventArgs? change)
    {
        lock (_lock)
        {
            _isTelling = _changes.TryDequeue(out change);
            return _isTelling;
        }
    }
}
