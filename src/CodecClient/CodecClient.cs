using Codec.Client.Models;
using Codec.Client.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Codec.Client;

/// <summary>
/// The client of a Codec server: publishes models, encodes, and subscribes to channels, whose codes it decodes here. Safe for use by many
/// threads at once; one for a process is enough, and shares its connection, cache and loaded models.
/// </summary>
/// <remarks>
/// Every method fails with a <see cref="CodecException"/>, with <see cref="OperationCanceledException"/> when its token is set, with
/// <see cref="ArgumentException"/> for a mistake that needs no server to see, and with <see cref="ObjectDisposedException"/> once the
/// client
/// is disposed of; nothing else leaves it. Calls that can safely be made again are, as <see cref="ReconnectPolicy"/> says.
/// </remarks>
public sealed partial class CodecClient : IDisposable
{
    private readonly ServiceConnection _connection;
    private readonly BlobTransfer _transfer;
    private readonly ModelSource _models;

    /// <summary>Makes a client with the defaults. It connects with the first call.</summary>
    /// <param name="address">Where the server listens: <c>http://127.0.0.1:5080</c>.</param>
    /// <exception cref="ArgumentException">The address is not an absolute http or https address.</exception>
    public CodecClient(string address)
        : this(new CodecClientOptions { Address = ParseAddress(address) }) { }

    /// <summary>Makes a client. It connects with the first call.</summary>
    /// <param name="options">How it connects, waits and caches.</param>
    /// <param name="loggers">Where it logs; null logs nothing.</param>
    /// <param name="time">The clock of time-outs, delays and the cache; null is the system's.</param>
    /// <exception cref="ArgumentException">An option is outside its range; the message names it.</exception>
    public CodecClient(CodecClientOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _connection = new ServiceConnection(options, loggers ?? NullLoggerFactory.Instance, time ?? TimeProvider.System);
        _transfer = new BlobTransfer(_connection);
        _models = new ModelSource(_connection, _transfer);
        _connection.Status.Changed += change => ConnectionChanged?.Invoke(this, change);
    }

    /// <summary>
    /// Raised when <see cref="ConnectionState"/> changes, one change at a time and in order, on the thread of the call that found it out:
    /// return soon. What an observer throws is logged.
    /// </summary>
    public event EventHandler<ConnectionChangedEventArgs>? ConnectionChanged;

    /// <summary>Whether the server is there, as the last call found out.</summary>
    public ConnectionState ConnectionState => _connection.Status.State;

    /// <summary>The options that the client was made with.</summary>
    public CodecClientOptions Options => _connection.Options;

    /// <summary>Closes the connection and ends what still runs. Models handed out stay usable.</summary>
    public void Dispose() => _connection.Dispose();

    private static Uri ParseAddress(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new ArgumentException($"'{address}' is not an absolute address such as http://127.0.0.1:5080.", nameof(address));
    }
}
