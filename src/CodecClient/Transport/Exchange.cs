using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
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

    /// <summary>A small message in the place of an item that is too large: the server refuses it, and so counts the item.</summary>
    TRequest ToPlaceholder(TItem item);

    /// <summary>Says that an item is too large, and what helps.</summary>
    InvalidRequestException TooLarge(TItem item, int bytes, int maxBytes);

    /// <summary>Takes the answer to an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="response">The answer.</param>
    /// <param name="tooLarge">
    /// Why a placeholder was sent, which takes the place of its refusal; null where the item itself was sent.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    Task AnswerAsync(TItem item, TResponse response, InvalidRequestException? tooLarge, CancellationToken cancellationToken);
}

/// <summary>
/// A bidirectional call in which each message is answered in order, kept alive over lost connections: on a new one, everything that has
/// no answer is sent again. Sending twice must do no harm, which the terms see to.
/// </summary>
internal sealed class Exchange<TItem, TRequest, TResponse>(
    ServiceConnection connection,
    IExchangeTerms<TItem, TRequest, TResponse> terms,
    InFlightWindow<TItem> window
)
    where TRequest : IMessage
{
    /// <summary>The response header with the most bytes of one request, which a server sends as soon as a call opens.</summary>
    private const string MaxBytesHeader = "codec-max-message-bytes";

    /// <summary>What every server takes (its --max-message-bytes is 3 MiB or more), so it is sent before the header is there.</summary>
    private const int AlwaysTakenBytes = 3 << 20;

    private readonly Backoff _backoff = connection.StartStreamBackoff();
    private volatile Exception? _lastFailure;
    private volatile bool _stands;

    /// <summary>Whether there is a connection, over which the items go.</summary>
    public bool Stands => _stands;

    /// <summary>What ended the last connection, where no item was answered since; else null.</summary>
    public Exception? LastFailure => _lastFailure;

    /// <summary>What ended the last connection, as a sentence.</summary>
    public string DescribeLastFailure()
    {
        Exception? cause = _lastFailure;
        string? message = cause switch
        {
            null => null,
            RpcException failure => failure.ToCodecException().Message,
            CodecException failure => failure.Message,
            _ => "the connection was lost.",
        };
        string root = (cause as RpcException)?.Status.DebugException?.GetBaseException().Message ?? "";
        return message is null ? "The connection stands."
            : message.Contains(root, StringComparison.Ordinal) ? $"The last failure was: {message}"
            : $"The last failure was: {message} ({root})";
    }

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
            if (window.IsDrained)
                return true;
            throw;
        }
    }

    private async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using AsyncDuplexStreamingCall<TRequest, TResponse> call = terms.Open(new CallOptions(cancellationToken: attempt.Token));
        using (Stall stall = connection.StartStall(terms.Operation, _backoff.Left, attempt.Token))
        {
            // Only an answer shows that a server is there.
            if (await stall.GuardAsync(token => terms.GreetAsync(call, token)).ConfigureAwait(false))
                _backoff.Stood();
        }

        _stands = true;
        window.Rewind();
        // For each message that was sent: why it is a placeholder, or null.
        var tooLarge = new ConcurrentQueue<InvalidRequestException?>();
        Task sending = SendAsync(call, tooLarge, attempt.Token);
        try
        {
            await ReceiveAsync(call, tooLarge, attempt.Token).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _stands = false;
            await attempt.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(
        AsyncDuplexStreamingCall<TRequest, TResponse> call,
        ConcurrentQueue<InvalidRequestException?> tooLarge,
        CancellationToken cancellationToken
    )
    {
        while (await call.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!window.TryPeek(out TItem item) || !tooLarge.TryDequeue(out InvalidRequestException? reason))
                throw new CorruptDataException($"Could not {terms.Operation}: the server answered what was not asked.");
            await terms.AnswerAsync(item, call.ResponseStream.Current, reason, cancellationToken).ConfigureAwait(false);
            window.Remove();
            _lastFailure = null;
            _backoff.Succeeded();
        }

        if (!window.IsDrained)
            throw ServiceConnection.EndedEarly($"The stream to {terms.Operation}");
    }

    /// <summary>Never throws: when a write fails, the call has ended, and its status reaches the receiver.</summary>
    private async Task SendAsync(
        AsyncDuplexStreamingCall<TRequest, TResponse> call,
        ConcurrentQueue<InvalidRequestException?> tooLarge,
        CancellationToken cancellationToken
    )
    {
        try
        {
            while (await window.NextToSendAsync(cancellationToken).ConfigureAwait(false) is (true, { } item))
            {
                TRequest request = terms.ToRequest(item);
                int bytes = request.CalculateSize();
                InvalidRequestException? reason = null;
                if (bytes > AlwaysTakenBytes || call.ResponseHeadersAsync.IsCompletedSuccessfully)
                {
                    int maxBytes = ReadMaxBytes(await call.ResponseHeadersAsync.ConfigureAwait(false));
                    if (bytes > maxBytes)
                        (request, reason) = (terms.ToPlaceholder(item), terms.TooLarge(item, bytes, maxBytes));
                }

                tooLarge.Enqueue(reason);
                await call.RequestStream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
            }

            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception.IsFailedWrite()) { }
    }

    /// <summary>Most bytes of one request; no limit is known where the server does not say.</summary>
    private static int ReadMaxBytes(Metadata headers) =>
        int.TryParse(headers.GetValue(MaxBytesHeader), NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
            ? bytes
            : int.MaxValue;
}
