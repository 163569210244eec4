using Codec.Client.Telemetry;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>The connection to the server: its three services, with timeouts and retries, for all parts of the client.</summary>
internal sealed class ServiceConnection : IDisposable
{
    private readonly CancellationTokenSource _closed;
    private readonly GrpcChannel _channel;
    private readonly bool _isOwner;

    public ServiceConnection(CodecClientOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        options.Validate();
        _closed = new CancellationTokenSource();
        _isOwner = true;
        Options = options;
        Time = time;
        Log = loggers.CreateLogger("Codec.Client");
        Status = new ConnectionStatus(Log);
        _channel = GrpcChannel.ForAddress(
            options.Address,
            new GrpcChannelOptions
            {
                HttpHandler = new StreamsSentOnce(
                    BearerHandler.Wrap(options.CreateHandler?.Invoke() ?? CreateHandler(options, Log), options)
                ),
                DisposeHttpClient = true,
                LoggerFactory = new QuietLoggers(loggers),
                ThrowOperationCanceledOnCancellation = true,
                MaxReceiveMessageSize = options.MaxMessageBytes,
                // The channel's own delays must not exceed the policy's: attempts would fail before they reach the network.
                InitialReconnectBackoff = options.Reconnect.InitialDelay,
                MaxReconnectBackoff = options.Reconnect.MaxDelay,
            }
        );
        Models = new V1.ModelService.ModelServiceClient(_channel);
        Coding = new V1.CodecService.CodecServiceClient(_channel);
        Channels = new V1.ChannelService.ChannelServiceClient(_channel);
    }

    private ServiceConnection(ServiceConnection original, CodecClientOptions options)
    {
        options.Validate();
        (_closed, _channel, Options) = (original._closed, original._channel, options);
        (Time, Log, Status) = (original.Time, original.Log, original.Status);
        (Models, Coding, Channels) = (original.Models, original.Coding, original.Channels);
    }

    public CodecClientOptions Options { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public ConnectionStatus Status { get; }

    /// <summary>The server's address as messages show it: scheme, host and port.</summary>
    public string Server => Options.Address.GetLeftPart(UriPartial.Authority);

    public V1.ModelService.ModelServiceClient Models { get; }

    public V1.CodecService.CodecServiceClient Coding { get; }

    public V1.ChannelService.ChannelServiceClient Channels { get; }

    /// <summary>Canceled when the client is disposed.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Returns a connection with another timeout that shares everything else; disposing it does nothing.</summary>
    public ServiceConnection WithCallTimeout(TimeSpan callTimeout) => new(this, Options with { CallTimeout = callTimeout });

    /// <summary>Makes a unary call within <see cref="CodecClientOptions.CallTimeout"/>.</summary>
    /// <param name="operation">What the call does, for messages: "list the models".</param>
    /// <param name="call">Starts the call.</param>
    /// <param name="repeatable">
    /// Whether the call may be repeated after its answer was lost; false if it could take effect twice.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<TResponse> CallAsync<TResponse>(
        string operation,
        Func<CallOptions, AsyncUnaryCall<TResponse>> call,
        bool repeatable = true,
        CancellationToken cancellationToken = default
    )
    {
        using Stall stall = StartStall(operation, left: null, cancellationToken);
        var backoff = new Backoff(repeatable ? Options.Reconnect : Options.Reconnect with { MaxAttempts = 0 }, Time);
        return await stall
            .GuardAsync(
                token =>
                    PersistAsync(
                        operation,
                        backoff,
                        async attempt =>
                        {
                            using AsyncUnaryCall<TResponse> running = call(new CallOptions(cancellationToken: attempt));
                            TResponse response = await running.ResponseAsync.ConfigureAwait(false);
                            backoff.Succeeded();
                            return response;
                        },
                        token
                    ),
                () => backoff.LastFailure
            )
            .ConfigureAwait(false);
    }

    /// <summary>Runs an operation that needs the server, and retries it while it fails temporarily.</summary>
    /// <param name="operation">What it does, for messages.</param>
    /// <param name="backoff">Counts the failures; the attempt reports progress to it.</param>
    /// <param name="attempt">Makes one attempt, with the token that ends it.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="CodecException">It failed and is not repeated.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public async Task<T> PersistAsync<T>(
        string operation,
        Backoff backoff,
        Func<CancellationToken, Task<T>> attempt,
        CancellationToken cancellationToken
    )
    {
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, typeof(CodecClient));
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Closed);
        using ConnectionStatus.Call call = Status.Begin();
        backoff.Recovered = warned =>
        {
            call.Connected();
            if (warned)
                ClientLog.Connected(Log, Options.Address, operation);
        };
        while (true)
        {
            try
            {
                return await attempt(linked.Token).ConfigureAwait(false);
            }
            catch (Exception exception)
                when (linked.IsCancellationRequested && exception is OperationCanceledException or RpcException or ObjectDisposedException)
            {
                throw Ended(exception, cancellationToken);
            }
            catch (Exception exception) when (exception is RpcException or CodecException or OperationCanceledException)
            {
                CodecException? notReached = exception is RpcException status
                    ? ConnectionFailure.Describe(status, operation, Options.Address, Status.WasConnected)
                    : null;
                CodecException failure = notReached ?? Describe(operation, exception);
                TimeSpan? delay = backoff.NextDelay(failure);
                if (notReached is not null || failure is UnavailableException and not { Status: StatusCode.ResourceExhausted })
                {
                    call.Failed(failure, willRetry: delay is not null);
                }
                else if (exception is RpcException)
                {
                    // A refusal is an answer too.
                    call.Connected();
                }

                if (delay is null)
                {
                    if (failure == exception)
                        throw;
                    throw failure;
                }

                // The log line names the operation, so remove it from the reason.
                string known = $"Could not {operation}: ";
                string reason = failure.Message;
                if (reason.StartsWith(known, StringComparison.Ordinal))
                    reason = reason[known.Length..];
                if (backoff.TakeWarning())
                    ClientLog.TryingAgain(Log, operation, delay.Value, backoff.Failures, reason);
                else
                    ClientLog.StillTrying(Log, operation, delay.Value, backoff.Failures, reason);
                await WaitAsync(delay.Value, linked.Token, cancellationToken).ConfigureAwait(false);
                ClientMeter.Reconnecting(operation);
            }
        }
    }

    /// <summary>Waits for a stream's response headers, within the time left for all attempts together.</summary>
    public async Task OpenedAsync(string operation, Task<Metadata> responseHeaders, Backoff backoff, CancellationToken cancellationToken)
    {
        using Stall stall = StartStall(operation, backoff.Left, cancellationToken);
        await stall.GuardAsync(token => responseHeaders.WaitAsync(token)).ConfigureAwait(false);
        backoff.Opened();
    }

    /// <summary>Starts counting the failures of a transfer.</summary>
    public Backoff StartBackoff() => new(Options.Reconnect, Time, timeout: Options.CallTimeout);

    /// <summary>Starts counting the failures of a stream that is restored.</summary>
    /// <param name="waits">Whether it is tried without limit until it was open once.</param>
    public Backoff StartStreamBackoff(bool waits = false) => new(Options.Reconnect, Time, isStream: true, waits, Options.CallTimeout);

    /// <summary>Describes a stream that the server ended without a failure although it should continue.</summary>
    public static UnavailableException EndedEarly(string stream) =>
        new(StatusCode.Unavailable, $"{stream} was ended by the server.") { IsTransient = true };

    /// <summary>Starts the timeout of an operation: see <see cref="Stall"/>.</summary>
    /// <param name="operation">What it does, for messages.</param>
    /// <param name="left">
    /// Time until the first progress, if earlier attempts used some of it; null for <see cref="CodecClientOptions.CallTimeout"/>.
    /// </param>
    /// <param name="cancellationToken">The caller's.</param>
    public Stall StartStall(string operation, TimeSpan? left, CancellationToken cancellationToken) =>
        new(operation, Options, Time, left ?? Options.CallTimeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isOwner || _closed.IsCancellationRequested)
            return;
        _closed.Cancel();
        _channel.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(CodecClientOptions options, ILogger log)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = options.ConnectCallback,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
            // Detects a silently dead connection within half a minute while a stream is open on it.
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        if (options.Tls is { } tls)
            handler.SslOptions = new TlsCertificates(tls, log).CreateOptions();
        return handler;
    }

    private CodecException Describe(string operation, Exception exception) =>
        exception switch
        {
            RpcException status => status.ToCodecException(),
            CodecException known => known,
            // No token of ours was canceled: HttpClient reports a connection lost during its setup this way.
            _ => new UnavailableException(StatusCode.Unavailable, $"Could not {operation}: the connection to {Server} was lost.", exception)
            {
                IsTransient = true,
            },
        };

    private static Exception Ended(Exception exception, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? new OperationCanceledException("The operation was canceled.", exception, cancellationToken)
            : new ObjectDisposedException("The client was disposed during the operation.", exception);

    private async Task WaitAsync(TimeSpan delay, CancellationToken linked, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(delay, Time, linked).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception)
        {
            throw Ended(exception, cancellationToken);
        }
    }
}
