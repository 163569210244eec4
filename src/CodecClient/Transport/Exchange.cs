using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>What an <see cref="Exchange{TItem,TRequest,TResponse}"/> says and hears.</summary>
internal interface IExchangeTerms<TItem, TRequest, TResponse>
{
    /// <summary>What it does, for messages: "publish to faces".</summary>
    string Operation { get; }

    /// <summary>Starts the call.</summary>
    AsyncDuplexStreamingCall<TRequest, TResponse> Open(CallOptions options);

    /// <summary>What comes before the first item, such as a header and its answer.</summary>
    /// <returns>Whether the server answered; false where nothing was asked.</returns>
    Task<bool> GreetAsync(AsyncDuplexStreamingCall<TRequest, TResponse> call, CancellationToken cancellationToken);

    /// <summary>The message of an item.</summary>
    TRequest ToRequest(TItem item);

    /// <summary>Takes the answer to an item.</summary>
    Task AnswerAsync(TItem item, TResponse response, CancellationToken cancellationToken);
}

/// <summary>
/// A bidirectional call in which each message is answered in order, kept alive over lost connections: on a new one, everything that has
/// no answer is sent again. Sending twice must do no harm, which the terms see to.
/// </summary>
internal sealed class Exchange<TItem, TRequest, TResponse>(
    ServiceConnection connection, IExchangeTerms<TItem, TRequest, TResponse> terms, InFlightWindow<TItem> window)
{
    private readonly Backoff _backoff = connection.StartStreamBackoff();
    private volatile Exception? _lastFailure;
    private volatile bool _stands;

    /// <summary>Whether there is a connection, over which the items go.</summary>
    public bool Stands => _stands;

    /// <summary>What ended the last connection, where no item was answered since; else null.</summary>
    public Exception? LastFailure => _lastFailure;

    /// <summary>Runs until the window is complete and everything in it is answered.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        connection.PersistAsync(terms.Operation, _backoff, AttemptAsync, cancellationToken);

    private async Task<bool> AttemptAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _lastFailure = exception;
            // Everything is answered: there is nothing to restore the connection for.
            if (window.IsDrained) return true;
            throw;
        }
    }

    private async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using AsyncDuplexStreamingCall<TRequest, TResponse> call = terms.Open(new CallOptions(cancellationToken: attempt.Token));
        using (Stall stall = connection.StartStall(terms.Operation, attempt.Token))
        {
            // Without an answer nobody knows whether a server is there.
            if (await stall.GuardAsync(token => terms.GreetAsync(call, token)).ConfigureAwait(false)) _backoff.Stood();
        }

        _stands = true;
        window.Rewind();
        Task sending = SendAsync(call, attempt.Token);
        try
        {
            await ReceiveAsync(call, attempt.Token).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _stands = false;
            await attempt.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(AsyncDuplexStreamingCall<TRequest, TResponse> call, CancellationToken cancellationToken)
    {
        while (await call.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!window.TryPeek(out TItem item)) throw new CorruptDataException($"Could not {terms.Operation}: the server answered what was not asked.");
            await terms.AnswerAsync(item, call.ResponseStream.Current, cancellationToken).ConfigureAwait(false);
            window.Remove();
            _lastFailure = null;
            _backoff.Succeeded();
        }

        if (!window.IsDrained) throw ServiceConnection.EndedEarly($"The stream to {terms.Operation}");
    }

    /// <summary>Never throws: when a write fails, the call has ended, and its status reaches the receiver.</summary>
    private async Task SendAsync(AsyncDuplexStreamingCall<TRequest, TResponse> call, CancellationToken cancellationToken)
    {
        try
        {
            while (await window.NextToSendAsync(cancellationToken).ConfigureAwait(false) is (true, { } item))
                await call.RequestStream.WriteAsync(terms.ToRequest(item), cancellationToken).ConfigureAwait(false);
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception.IsFailedWrite())
        {
        }
    }
}
