using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>Tracks whether the server is reachable, from the results of calls, and notifies the observer.</summary>
/// <param name="log">Receives exceptions of the observer.</param>
internal sealed class ConnectionStatus(ILogger log)
{
    private readonly Lock _lock = new();
    private readonly Queue<ConnectionChangedEventArgs> _changes = new();
    private volatile ConnectionState _state;
    private CodecException? _lastFailure;
    private int _trying;
    private bool _isNotifying;

    /// <summary>Raised for each change, one at a time and in order.</summary>
    public event Action<ConnectionChangedEventArgs>? Changed;

    public ConnectionState State => _state;

    /// <summary>Whether the server was reached once.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>Starts a call; disposing the returned object ends it.</summary>
    public Call Begin()
    {
        lock (_lock)
        {
            _trying++;
            if (_state == ConnectionState.Idle)
                Set(ConnectionState.Connecting, null);
        }

        Notify();
        return new Call(this);
    }

    /// <summary>Changes the state. The caller holds the lock, and calls <see cref="Notify"/> after releasing it.</summary>
    private void Set(ConnectionState state, CodecException? reason)
    {
        if (_state == state)
            return;
        _state = state;
        _changes.Enqueue(new ConnectionChangedEventArgs(state, reason));
    }

    /// <summary>
    /// Returns to <see cref="ConnectionState.Idle"/> if the last trying call ended without reaching the server. The caller holds the lock.
    /// </summary>
    private void SettleIfNothingTries()
    {
        if (_trying == 0 && _state is ConnectionState.Connecting or ConnectionState.Waiting)
            Set(ConnectionState.Idle, _lastFailure);
    }

    /// <summary>
    /// Raises the changes outside the lock and on one thread at a time, so that an observer may call the client and sees them in order.
    /// </summary>
    private void Notify()
    {
        lock (_lock)
        {
            if (_isNotifying)
                return;
            _isNotifying = true;
        }

        while (TryNext(out ConnectionChangedEventArgs? change))
        {
            try
            {
                Changed?.Invoke(change);
            }
            catch (Exception exception)
            {
                // The call that detected the change must not fail because of the observer.
                ClientLog.ObserverFailed(log, exception);
            }
        }
    }

    private bool TryNext([NotNullWhen(true)] out ConnectionChangedEventArgs? change)
    {
        lock (_lock)
        {
            _isNotifying = _changes.TryDequeue(out change);
            return _isNotifying;
        }
    }

    /// <summary>A running call. It counts as trying until the server has answered.</summary>
    internal sealed class Call(ConnectionStatus status) : IDisposable
    {
        private volatile bool _isTrying = true;

        /// <summary>Records that the server answered.</summary>
        public void Connected()
        {
            // Checked without the lock, because this runs for each message of a stream.
            if (!_isTrying && status._state == ConnectionState.Connected)
                return;
            lock (status._lock)
            {
                SetTrying(false);
                status.WasConnected = true;
                status._lastFailure = null;
                status.Set(ConnectionState.Connected, null);
            }

            status.Notify();
        }

        /// <summary>Records that the server was not reached or is unavailable.</summary>
        /// <param name="reason">The failure.</param>
        /// <param name="willRetry">Whether this call will try again.</param>
        public void Failed(CodecException reason, bool willRetry)
        {
            lock (status._lock)
            {
                SetTrying(willRetry);
                status._lastFailure = reason;
                status.Set(status._trying > 0 ? ConnectionState.Waiting : ConnectionState.Idle, reason);
            }

            status.Notify();
        }

        /// <summary>Ends the call.</summary>
        public void Dispose()
        {
            lock (status._lock)
            {
                SetTrying(false);
                status.SettleIfNothingTries();
            }

            status.Notify();
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
