using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>Whether the server is there, as the calls find out, and who wants to know.</summary>
/// <param name="log">Where a failing observer is logged.</param>
internal sealed class ConnectionStatus(ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Queue<ConnectionChangedEventArgs> _changes = new();
    private volatile ConnectionState _state;
    private CodecException? _lastFailure;
    private int _trying;
    private bool _isTelling;

    /// <summary>Told of each change, of one at a time and in order.</summary>
    public event Action<ConnectionChangedEventArgs>? Changed;

    public ConnectionState State => _state;

    /// <summary>Whether the server was reached once.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>A call begins, and ends with the disposal of what is returned.</summary>
    public Call Begin()
    {
        lock (_lock)
        {
            _trying++;
            if (_state == ConnectionState.Idle)
                Set(ConnectionState.Connecting, null);
        }

        Tell();
        return new Call(this);
    }

    /// <summary>Changes the state; the lock is held, and <see cref="Tell"/> follows without it.</summary>
    private void Set(ConnectionState state, CodecException? reason)
    {
        if (_state == state)
            return;
        _state = state;
        _changes.Enqueue(new ConnectionChangedEventArgs(state, reason));
    }

    /// <summary>Where the last call that tried has ended without the server, nothing tries any more; the lock is held.</summary>
    private void SettleIfNothingTries()
    {
        if (_trying == 0 && _state is ConnectionState.Connecting or ConnectionState.Waiting)
            Set(ConnectionState.Idle, _lastFailure);
    }

    /// <summary>
    /// Tells of the changes outside the lock, and by one thread, so that an observer may call the client and sees the order.
    /// </summary>
    private void Tell()
    {
        lock (_lock)
        {
            if (_isTelling)
                return;
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

    private bool TryNext([NotNullWhen(true)] out ConnectionChangedEventArgs? change)
    {
        lock (_lock)
        {
            _isTelling = _changes.TryDequeue(out change);
            return _isTelling;
        }
    }

    /// <summary>A call that runs, which tries to reach the server until it is answered.</summary>
    internal sealed class Call(ConnectionStatus status) : IDisposable
    {
        private volatile bool _isTrying = true;

        /// <summary>The server answered.</summary>
        public void Connected()
        {
            // Read outside the lock: each message of a stream comes here.
            if (!_isTrying && status._state == ConnectionState.Connected)
                return;
            lock (status._lock)
            {
                SetTrying(false);
                status.WasConnected = true;
                status._lastFailure = null;
                status.Set(ConnectionState.Connected, null);
            }

            status.Tell();
        }

        /// <summary>The server was not reached, or is not available.</summary>
        /// <param name="reason">Why.</param>
        /// <param name="goesOn">Whether this call tries again.</param>
        public void Failed(CodecException reason, bool goesOn)
        {
            lock (status._lock)
            {
                SetTrying(goesOn);
                status._lastFailure = reason;
                status.Set(status._trying > 0 ? ConnectionState.Waiting : ConnectionState.Idle, reason);
            }

            status.Tell();
        }

        /// <summary>The call has ended, however it did.</summary>
        public void Dispose()
        {
            lock (status._lock)
            {
                SetTrying(false);
                status.SettleIfNothingTries();
            }

            status.Tell();
        }

        private void SetTrying(bool isTrying)
        {
            if (_isTrying == isTrying)
                return;
            _isTrying = isTrying;
            status._trying += isTrying ? 1 : -1;
        }
    }
}
