using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>The connection to the server: the three services, time-outs, and trying again, for all that the client does.</summary>
internal sealed class ServiceConnection : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly GrpcChannel _channel;

    public ServiceConnection(CodecClientOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        options.Validate();
        Options = options;
        Time = time;
        Log = loggers.CreateLogger("Codec.Client");
        Status = new ConnectionStatus(Log);
        _channel = GrpcChannel.ForAddress(
            options.Address,
            new GrpcChannelOptions
            {
                HttpHandler = options.CreateHandler?.Invoke() ?? CreateHandler(options),
                DisposeHttpClient = true,
                LoggerFactory = new QuietLoggers(loggers),
                ThrowOperationCanceledOnCancellation = true,
                MaxReceiveMessageSize = options.MaxMessageBytes,
                // The channel's own waits must not outlast the policy's, or attempts would fail without being made.
                InitialReconnectBackoff = options.Reconnect.InitialDelay,
                MaxReconnectBackoff = options.Reconnect.MaxDelay,
                Credentials = options.Credentials is null
                    ? null
                    : ChannelCredentials.Create(ChannelCredentials.SecureSsl, options.Credentials),
            }
        );
        Models = new V1.ModelService.ModelServiceClient(_channel);
        Coding = new V1.CodecService.CodecServiceClient(_channel);
        Channels = new V1.ChannelService.ChannelServiceClient(_channel);
    }

    public CodecClientOptions Options { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public ConnectionStatus Status { get; }

    public V1.ModelService.ModelServiceClient Models { get; }

    public V1.CodecService.CodecServiceClient Coding { get; }

    public V1.ChannelService.ChannelServiceClient Channels { get; }

    /// <summary>Set when the client is disposed of.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Makes a unary call, within <see cref="CodecClientOptions.CallTimeout"/>.</summary>
    /// <param name="operation">What it does, for messages: "list the models".</param>
    /// <param name="call">Starts the call.</param>
    /// <param name="repeatable">
    /// Whether a call whose answer was lost may be made again: false where that would change something twice.
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

    /// <summary>Runs something that needs the server, and runs it again while it fails for a reason that may pass.</summary>
    /// <param name="operation">What it does, for messages.</param>
    /// <param name="backoff">Counts the failures; the attempt tells it of progress.</param>
    /// <param name="attempt">One attempt, with the token that ends it.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="CodecException">It failed for good.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was set.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of.</exception>
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
                    call.Failed(failure, goesOn: delay is not null);
                }
                else if (exception is RpcException)
                {
                    // A refusal, too, is an answer.
                    call.Connected();
                }

                if (delay is null)
                {
                    if (failure == exception)
                        throw;
                    throw failure;
                }

                // The line says what could not be done, so its reason need not.
                string known = $"Could not {operation}: ";
                string reason = failure.Message;
                if (reason.StartsWith(known, StringComparison.Ordinal))
                    reason = reason[known.Length..];
                if (backoff.TakeWarning())
                    ClientLog.TryingAgain(Log, operation, delay.Value, backoff.Failures, reason);
                else
                    ClientLog.StillTrying(Log, operation, delay.Value, backoff.Failures, reason);
                await WaitAsync(delay.Value, linked.Token, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until the server has taken a stream's call, within the time-out, which is that of all attempts together.</summary>
    public async Task OpenedAsync(string operation, Task<Metadata> responseHeaders, Backoff backoff, CancellationToken cancellationToken)
    {
        using Stall stall = StartStall(operation, backoff.Left, cancellationToken);
        await stall.GuardAsync(token => responseHeaders.WaitAsync(token)).ConfigureAwait(false);
        backoff.Stood();
    }

    /// <summary>Counts the failures of a transfer.</summary>
    public Backoff StartBackoff() => new(Options.Reconnect, Time, timeout: Options.CallTimeout);

    /// <summary>Counts the failures of a stream that is to be restored.</summary>
    /// <param name="waits">Whether it is tried for however long until it has stood once.</param>
    public Backoff StartStreamBackoff(bool waits = false) => new(Options.Reconnect, Time, isStream: true, waits, Options.CallTimeout);

    /// <summary>What a stream's end means that the server ends without a failure, though it should go on.</summary>
    public static UnavailableException EndedEarly(string stream) =>
        new(StatusCode.Unavailable, $"{stream} was ended by the server.") { IsTransient = true };

    /// <summary>Starts to watch over something that has to go on: see <see cref="Stall"/>.</summary>
    /// <param name="operation">What it does, for messages.</param>
    /// <param name="left">
    /// The time until the first progress, where earlier attempts have used some of it; null is
    /// <see cref="CodecClientOptions.CallTimeout"/>.
    /// </param>
    /// <param name="cancellationToken">The caller's.</param>
    public Stall StartStall(string operation, TimeSpan? left, CancellationToken cancellationToken) =>
        new(operation, Options, Time, left ?? Options.CallTimeout, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_closed.IsCancellationRequested)
            return;
        _closed.Cancel();
        _channel.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(CodecClientOptions options) =>
        new()
        {
            ConnectCallback = options.ConnectCallback,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
            // A connection that died silently is found within half a minute, while a stream is open on it.
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };

    private CodecException Describe(string operation, Exception exception) =>
        exception switch
        {
            RpcException status => status.ToCodecException(),
            CodecException known => known,
            // No token here was set: this is how HttpClient reports a connection that was lost while it was being made.
            _ => new UnavailableException(
                StatusCode.Unavailable,
                $"Could not {operation}: the connection to {Options.Address.GetLeftPart(UriPartial.Authority)} was lost.",
                exception
            )
            {
                IsTransient = true,
            },
        };

    private static Exception Ended(Exception exception, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? new OperationCanceledException("The operation was canceled.", exception, cancellationToken)
            : new ObjectDisposedException("The client was disposed of during the operation.", exception);

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
