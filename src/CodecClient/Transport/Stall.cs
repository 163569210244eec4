using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>
/// Ends an operation that stalls: without <see cref="Progress"/> for <see cref="CodecClientOptions.CallTimeout"/> it fails with an
/// <see cref="UnavailableException"/>.
/// </summary>
internal sealed class Stall : IDisposable
{
    private readonly string _operation;
    private readonly CodecClientOptions _options;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _timeout;
    private readonly CancellationTokenSource _linked;

    public Stall(string operation, CodecClientOptions options, TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (_operation, _options, _cancellationToken) = (operation, options, cancellationToken);
        _timeout = new CancellationTokenSource(timeout, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timeout.Token);
    }

    /// <summary>Restarts the timeout.</summary>
    public void Progress() => _timeout.CancelAfter(_options.CallTimeout);

    /// <summary>Runs the operation with a token that the caller or the timeout cancels.</summary>
    /// <param name="run">The operation.</param>
    /// <param name="lastFailure">Returns the last failure, if any; its message is more specific than the timeout.</param>
    /// <exception cref="UnavailableException">The timeout passed; a transient failure.</exception>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> run, Func<CodecException?>? lastFailure = null)
    {
        try
        {
            return await run(_linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (_cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, _cancellationToken);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }
                && _timeout.IsCancellationRequested
            )
        {
            string limit = $"within {_options.CallTimeout.TotalSeconds:0.###} s ({nameof(CodecClientOptions.CallTimeout)})";
            string message = lastFailure?.Invoke() is { } last
                ? $"{last.Message} It was tried again {limit}."
                : $"Could not {_operation}: {_options.Address.GetLeftPart(UriPartial.Authority)} did not answer {limit}.";
            throw new UnavailableException(StatusCode.DeadlineExceeded, message, exception) { IsTransient = true };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _linked.Dispose();
        _timeout.Dispose();
    }
}
