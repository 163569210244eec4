namespace Codec.Client;

/// <summary>Whether a client's server is there, as its last call found out.</summary>
public enum ConnectionState
{
    /// <summary>
    /// No call is running or trying: nothing was called yet, or all that could not reach the server gave up or were ended.
    /// </summary>
    Idle,

    /// <summary>The first call is on its way.</summary>
    Connecting,

    /// <summary>The server answered last.</summary>
    Connected,

    /// <summary>The server could not be reached, or is not available, and is tried again.</summary>
    Waiting,
}

/// <summary>A client's <see cref="ConnectionState"/> changed.</summary>
public sealed class ConnectionChangedEventArgs : EventArgs
{
    /// <summary>Says what it changed to and why.</summary>
    /// <param name="state">The state now.</param>
    /// <param name="reason">The failure that led there; null where none did.</param>
    public ConnectionChangedEventArgs(ConnectionState state, CodecException? reason) => (State, Reason) = (state, reason);

    /// <summary>The state now.</summary>
    public ConnectionState State { get; }

    /// <summary>
    /// The failure that led to <see cref="ConnectionState.Waiting"/> or <see cref="ConnectionState.Idle"/>; its message names the address
    /// and the cause.
    /// </summary>
    public CodecException? Reason { get; }
}
