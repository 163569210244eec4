namespace Codec.Client;

/// <summary>Whether a client's server is reachable, according to its last call.</summary>
public enum ConnectionState
{
    /// <summary>
    /// No call is trying to reach the server: none was made yet, or every call that could not reach it gave up or was canceled.
    /// </summary>
    Idle,

    /// <summary>The first call is in progress.</summary>
    Connecting,

    /// <summary>The server answered the last call.</summary>
    Connected,

    /// <summary>The server could not be reached or is unavailable; the client tries again.</summary>
    Waiting,
}

/// <summary>Describes a change of a client's <see cref="ConnectionState"/>.</summary>
public sealed class ConnectionChangedEventArgs : EventArgs
{
    /// <summary>Creates the event's data.</summary>
    /// <param name="state">The new state.</param>
    /// <param name="reason">The failure that caused the change; null if none did.</param>
    public ConnectionChangedEventArgs(ConnectionState state, CodecException? reason) => (State, Reason) = (state, reason);

    /// <summary>The new state.</summary>
    public ConnectionState State { get; }

    /// <summary>
    /// The failure that caused <see cref="ConnectionState.Waiting"/> or <see cref="ConnectionState.Idle"/>; its message names the address
    /// and the cause. Null if no failure caused the change.
    /// </summary>
    public CodecException? Reason { get; }
}
