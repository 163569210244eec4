namespace Codec.Server.Stores;

/// <summary>The server cannot start on its store; the message names the cause and the remedy.</summary>
/// <param name="message">The cause and the remedy.</param>
/// <param name="innerException">The failure that caused it, if any.</param>
internal sealed class StoreException(string message, Exception? innerException = null) : Exception(message, innerException);
