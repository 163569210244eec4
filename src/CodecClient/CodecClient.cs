using Codec.Client.Models;
using Codec.Client.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Codec.Client;

/// <summary>
/// Connects to a Codec server: publishes models, encodes images, publishes into channels, and subscribes to channels, whose codes it
/// decodes locally. Thread-safe; one instance per process is enough and shares its connection, cache and loaded models.
/// </summary>
/// <remarks>
/// Every method throws only <see cref="CodecException"/> for a failed call, <see cref="OperationCanceledException"/> when its token is
/// canceled, <see cref="ArgumentException"/> for an invalid argument, and <see cref="ObjectDisposedException"/> after the client is
/// disposed. Calls that are safe to repeat are retried according to <see cref="ReconnectPolicy"/>. For unit tests, derive a
/// fake: every member is virtual.
/// </remarks>
public partial class CodecClient : IDisposable
{
    // Null in a fake.
    private readonly ServiceConnection? _connection;
    private readonly BlobTransfer? _transfer;
    private readonly ModelSource? _models;

    /// <summary>Creates a client with default options. It connects with the first call.</summary>
    /// <param name="address">The server's address: <c>http://127.0.0.1:5080</c>.</param>
    /// <exception cref="ArgumentException">The address is not an absolute http or https address.</exception>
    public CodecClient(string address)
        : this(new CodecClientOptions { Address = ParseAddress(address) }) { }

    /// <summary>Creates a client. It connects with the first call.</summary>
    /// <param name="options">How the client connects, waits and caches.</param>
    /// <param name="loggers">Receives the client's log; null logs nothing.</param>
    /// <param name="time">The clock of timeouts, delays and the cache; null uses the system's.</param>
    /// <exception cref="ArgumentException">An option is outside its range; the message names it.</exception>
    public CodecClient(CodecClientOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _connection = new ServiceConnection(options, loggers ?? NullLoggerFactory.Instance, time ?? TimeProvider.System);
        _transfer = new BlobTransfer(_connection);
        _models = new ModelSource(_connection, _transfer);
        _connection.Status.Changed += OnConnectionChanged;
    }

    /// <summary>
    /// Creates a fake for unit tests, without a server: override the members that the code under test calls. The others throw
    /// <see cref="NotSupportedException"/>.
    /// </summary>
    protected CodecClient() { }

    private CodecClient(CodecClient original, TimeSpan callTimeout)
    {
        _connection = original.Connection.WithCallTimeout(callTimeout);
        _transfer = new BlobTransfer(_connection);
        _models = original.LocalModels.With(_connection, _transfer);
    }

    /// <summary>
    /// Raised when <see cref="ConnectionState"/> changes: one change at a time, in order, on the thread of the call that detected it.
    /// Return quickly. Exceptions of a handler are logged.
    /// </summary>
    public event EventHandler<ConnectionChangedEventArgs>? ConnectionChanged;

    /// <summary>Whether the server is reachable, according to the last call.</summary>
    public virtual ConnectionState ConnectionState => Connection.Status.State;

    /// <summary>The options that the client was created with.</summary>
    public virtual CodecClientOptions Options => Connection.Options;

    private ServiceConnection Connection => Real(_connection);

    private BlobTransfer Transfer => Real(_transfer);

    private ModelSource LocalModels => Real(_models);

    /// <summary>
    /// Returns a client whose calls have another timeout: <c>client.WithCallTimeout(TimeSpan.FromMinutes(5)).UploadModelAsync(…)</c>. It
    /// shares everything else with this client: connection, cache, loaded models and <see cref="ConnectionState"/>. This client raises
    /// <see cref="ConnectionChanged"/> for both.
    /// </summary>
    /// <param name="callTimeout">Replaces <see cref="CodecClientOptions.CallTimeout"/>; above 0, at most a day.</param>
    /// <returns>The client; disposing it does nothing, and it ends with this one.</returns>
    /// <exception cref="ArgumentException">The timeout is out of range.</exception>
    public virtual CodecClient WithCallTimeout(TimeSpan callTimeout) => new(this, callTimeout);

    /// <summary>Makes one small call, without retries, to find out whether the server answers: for health checks.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="UnavailableException">
    /// The server could not be reached, or did not answer within <see cref="CodecClientOptions.CallTimeout"/>.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task PingAsync(CancellationToken cancellationToken = default) =>
        Connection.CallAsync(
            "ping",
            options => Connection.Models.ListModelsAsync(new V1.ListModelsRequest { PageSize = 1 }, options),
            repeatable: false,
            cancellationToken
        );

    /// <summary>Closes the connection and ends running calls. Models that were handed out stay usable.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the connection.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> calls it; a client has no finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _connection?.Dispose();
    }

    /// <summary>Raises <see cref="ConnectionChanged"/>; a fake calls it to report a change.</summary>
    /// <param name="change">The change.</param>
    protected virtual void OnConnectionChanged(ConnectionChangedEventArgs change) => ConnectionChanged?.Invoke(this, change);

    private T Real<T>(T? part)
        where T : class => part ?? throw new NotSupportedException($"{GetType().Name} does not override the member that was called.");

    private static Uri ParseAddress(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new ArgumentException($"'{address}' is not an absolute address such as http://127.0.0.1:5080.", nameof(address));
    }
}
