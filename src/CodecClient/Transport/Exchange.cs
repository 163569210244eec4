using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Codec.Client.Telemetry;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>
/// Defines the messages of an <see cref="Exchange{TItem,TRequest,TResponse}"/>: how a stream opens, and what items and answers mean.
/// </summary>
internal interface IExchangeTerms<TItem, TRequest, TResponse>
{
    /// <summary>What the exchange does, for messages: "publish to faces".</summary>
    string Operation { get; }

    /// <summary>The method of the call, which names its spans.</summary>
    string Method { get; }

    /// <summary>Starts the call.</summary>
    AsyncDuplexStreamingCall<TRequest, TResponse> Open(CallOptions options);

    /// <summary>Sends what precedes the first item, such as a header, and reads its answer.</summary>
    /// <returns>Whether the server answered; false if nothing was sent.</returns>
    Task<bool> GreetAsync(AsyncDuplexStreamingCall<TRequest, TResponse> call, CancellationToken cancellationToken);

    /// <summary>Whether an item may travel in one message with items before it, if the server takes several.</summary>
    bool Joins(IReadOnlyList<TItem> items, TItem next);

    /// <summary>Builds the message of an item, or of several that joined. It is sent before the next one is built.</summary>
    TRequest ToRequest(IReadOnlyList<TItem> items);

    /// <summary>Divides the answer to a message of several items into one for each.</summary>
    /// <exception cref="CorruptDataException">It is not an answer to that many.</exception>
    IReadOnlyList<TResponse> Split(TResponse response, int items);

    /// <summary>
    /// Builds a small message in the place of an item that is not sent; the server refuses it and thereby counts the item.
    /// </summary>
    TRequest ToPlaceholder(TItem item);

    /// <summary>Describes an item that is too large, with the remedy.</summary>
    InvalidRequestException TooLarge(TItem item, int bytes, int maxBytes);

    /// <summary>Describes why an item must not be sent on this stream; null if it may be.</summary>
    CodecException? Withhold(TItem item);

    /// <summary>Handles the answer to an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="response">The answer.</param>
    /// <param name="withheld">
    /// Replaces the refusal if a placeholder was sent; null if the item itself was sent.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task AnswerAsync(TItem item, TResponse response, CodecException? withheld, CancellationToken cancellationToken);

    /// <summary>Prepares another attempt after a failure that it can overcome. No message is being sent or answered meanwhile.</summary>
    /// <returns>Describes the failure, and is transient; null if the failure stands.</returns>
    CodecException? Overcome(RpcException failure);
}

/// <summary>
/// Runs a bidirectional call in which each message is answered in order, across lost connections: on a new connection, every unanswered
/// item is sent again. The terms must make it harmless to send an item twice.
/// </summary>
internal sealed class Exchange<TItem, TRequest, TResponse>(
    ServiceConnection connection,
    IExchangeTerms<TItem, TRequest, TResponse> terms,
    InFlightWindow<TItem> window
)
    where TRequest : IMessage
{
    /// <summary>The response header with the largest request in bytes; a server sends it as soon as a call opens.</summary>
    private const string MaxBytesHeader = "codec-max-message-bytes";

    /// <summary>The response header with the most images of one message; a server without it takes one.</summary>
    private const string MaxItemsHeader = "codec-max-message-images";

    /// <summary>
    /// Every server accepts this many bytes (its --max-message-bytes is 3 MiB or more), so smaller messages need not wait for the header.
    /// </summary>
    private const int AlwaysAcceptedBytes = 3 << 20;

    private readonly Backoff _backoff = connection.StartStreamBackoff();
    private volatile Exception? _lastFailure;
    private volatile bool _isOpen;

    /// <summary>Whether a stream to the server is open.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Runs until the window is complete and everything in it is answered.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        connection.PersistAsync(terms.Operation, _backoff, AttemptAsync, cancellationToken);

    /// <summary>Describes a server that did not answer in time, with the failure that ended the last connection.</summary>
    /// <param name="timeout">The time that has passed without an answer.</param>
    /// <param name="option">The option that sets it.</param>
    /// <param name="consequence">Follows the option in the message; empty for none.</param>
    public UnavailableException Unanswered(TimeSpan timeout, string option, string consequence = "")
    {
        Exception? cause = _lastFailure;
        string message =
            $"Could not {terms.Operation}: {connection.Server} did not answer within {timeout.TotalSeconds:0.###} s ({option}){consequence}. "
            + Describe(cause);
        return new UnavailableException(StatusCode.DeadlineExceeded, message, cause);
    }

    private static string Describe(Exception? cause)
    {
        string? message = cause switch
        {
            null => null,
            RpcException failure => failure.ToCodecException().Message,
            CodecException failure => failure.Message,
            _ => "the connection was lost.",
        };
        string root = (cause as RpcException)?.Status.DebugException?.GetBaseException().Message ?? "";
        return message is null ? "The connection is open."
            : message.Contains(root, StringComparison.Ordinal) ? $"The last failure was: {message}"
            : $"The last failure was: {message} ({root})";
    }

    private async Task<bool> AttemptAsync(CancellationToken cancellationToken)
    {
        using Activity? span = ClientTrace.BeginConnection(terms.Method);
        try
        {
            return await RunOnceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            span?.Fail(exception);
            _lastFailure = exception;
            // Everything is answered, so the connection need not be restored.
            if (window.IsDrained)
                return true;
            if (exception is RpcException failure && terms.Overcome(failure) is { } overcome)
                throw overcome;
            throw;
        }
    }

    private async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using AsyncDuplexStreamingCall<TRequest, TResponse> call = terms.Open(
            new CallOptions(ClientTrace.Headers, cancellationToken: attempt.Token)
        );
        using (Stall stall = connection.StartStall(terms.Operation, _backoff.Left, attempt.Token))
        {
            // Only an answer proves that the server is reachable.
            if (await stall.GuardAsync(token => terms.GreetAsync(call, token)).ConfigureAwait(false))
                _backoff.Opened();
        }

        _isOpen = true;
        window.Rewind();
        var sent = new ConcurrentQueue<SentMessage>();
        Task sending = SendAsync(call, sent, attempt.Token);
        try
        {
            await ReceiveAsync(call, sent, attempt.Token).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _isOpen = false;
            await attempt.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(
        AsyncDuplexStreamingCall<TRequest, TResponse> call,
        ConcurrentQueue<SentMessage> sent,
        CancellationToken cancellationToken
    )
    {
        while (await call.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!sent.TryDequeue(out SentMessage message))
                throw new CorruptDataException($"Could not {terms.Operation}: the server answered more messages than were sent.");
            TResponse response = call.ResponseStream.Current;
            IReadOnlyList<TResponse>? several = message.Items > 1 ? terms.Split(response, message.Items) : null;
            for (int i = 0; i < message.Items && window.TryPeek(out TItem item); i++)
            {
                await terms
                    .AnswerAsync(item, several is null ? response : several[i], message.Withheld, cancellationToken)
                    .ConfigureAwait(false);
                window.Remove();
            }

            _lastFailure = null;
            _backoff.Succeeded();
        }

        if (!window.IsDrained)
            throw ServiceConnection.EndedEarly($"The stream to {terms.Operation}");
    }

    /// <summary>Never throws: when a write fails, the call has ended, and the receiver gets its status.</summary>
    private async Task SendAsync(
        AsyncDuplexStreamingCall<TRequest, TResponse> call,
        ConcurrentQueue<SentMessage> sent,
        CancellationToken cancellationToken
    )
    {
        MessageLimits? limits = null;
        var items = new List<TItem>();
        try
        {
            while (await window.NextToSendAsync(cancellationToken).ConfigureAwait(false) is (true, { } item))
            {
                if (limits is null && call.ResponseHeadersAsync.IsCompletedSuccessfully)
                    limits = await ReadLimitsAsync(call).ConfigureAwait(false);
                items.Clear();
                items.Add(item);
                while (items.Count < limits?.Items && window.TryNextToSend(next => terms.Joins(items, next), out TItem next))
                    items.Add(next);

                TRequest request = terms.ToRequest(items);
                int bytes = request.CalculateSize();
                CodecException? reason = terms.Withhold(item);
                if (reason is null && bytes > (limits?.Bytes ?? AlwaysAcceptedBytes))
                {
                    limits ??= await ReadLimitsAsync(call).ConfigureAwait(false);
                    if (bytes > limits.Bytes)
                        reason = terms.TooLarge(item, bytes, limits.Bytes);
                }

                if (reason is not null)
                    request = terms.ToPlaceholder(item);
                sent.Enqueue(new SentMessage(items.Count, reason));
                await call.RequestStream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
            }

            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception.IsFailedWrite()) { }
    }

    /// <summary>Reads the limits of a request; without its header, a limit in bytes is not known.</summary>
    private static async Task<MessageLimits> ReadLimitsAsync(AsyncDuplexStreamingCall<TRequest, TResponse> call)
    {
        Metadata headers = await call.ResponseHeadersAsync.ConfigureAwait(false);
        return new MessageLimits(Read(MaxBytesHeader) ?? int.MaxValue, Read(MaxItemsHeader) ?? 1);

        int? Read(string name) =>
            int.TryParse(headers.GetValue(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
    }

    /// <summary>What a server accepts in one message.</summary>
    private sealed record MessageLimits(int Bytes, int Items);

    /// <summary>A message that was sent.</summary>
    /// <param name="Items">Number of its items.</param>
    /// <param name="Withheld">Why it is a placeholder; null if it is not.</param>
    private readonly record struct SentMessage(int Items, CodecException? Withheld);
}
