using Codec.Client.Transport;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Channels;

/// <summary>The server's answer to the opening of a publishing stream.</summary>
/// <param name="Version">The version that the model resolved to.</param>
/// <param name="LastSequence">The largest number of the producer in the log; 0 if none.</param>
internal readonly record struct OpenedStream(Digest Version, long LastSequence);

/// <summary>
/// The terms of publishing. Producer numbers let the server recognize items that it already has, so an item may be sent twice; the epoch
/// distinguishes a restored stream from another producer with the same name.
/// </summary>
internal sealed class PublishTerms(ServiceConnection connection, string channel, string model, int quality, string producer, bool transient)
    : IExchangeTerms<Publication, V1.PublishRequest, V1.PublishResponse>
{
    private readonly TaskCompletionSource<OpenedStream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Digest? _version = ModelReference.Parse(model).Version;
    private long _epoch;
    private long _lastSent;
    private long _lastAnswered;
    private long _nextSequence = 1;

    /// <summary>The answer to the first opening of the stream.</summary>
    public Task<OpenedStream> Opened => _opened.Task;

    public string Operation { get; } = $"publish to {channel}";

    public string Method => "codec.v1.ChannelService/Publish";

    public AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> Open(CallOptions options) =>
        connection.Channels.Publish(options);

    public async Task<bool> GreetAsync(
        AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call,
        CancellationToken cancellationToken
    )
    {
        var header = new V1.PublishRequest.Types.Header
        {
            Channel = channel,
            Model = ModelMessages.Pin(model, _version),
            Quality = quality,
            Producer = producer,
            ProducerEpoch = _epoch,
            TransientProducer = transient,
        };
        try
        {
            await call.RequestStream.WriteAsync(new V1.PublishRequest { Header = header }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception.IsFailedWrite() && !cancellationToken.IsCancellationRequested)
        {
            // The call has ended; reading the answer below throws its status.
        }

        try
        {
            if (!await call.MoveNextAsync(cancellationToken).ConfigureAwait(false))
                throw ServiceConnection.EndedEarly($"The stream to {Operation}");
        }
        catch (RpcException exception)
            when (_epoch != 0 && _lastAnswered == _lastSent && exception.ToCodecException() is ProducerForgottenException)
        {
            // Every sent item is answered, so none is in doubt: later items can be sent as a new producer.
            _epoch = 0;
            string message = $"The server forgot the producer; the stream to {Operation} is opened again.";
            throw new UnavailableException(exception.StatusCode, message, exception) { IsTransient = true };
        }
        catch (RpcException exception)
            when (_epoch != 0
                && exception.ToCodecException() is NotFoundException missing
                && missing.Message.Contains($"{_version}", StringComparison.Ordinal)
            )
        {
            // Codes of another version would not be what the caller's encoder made, and Version would change under it.
            throw new NotFoundException(
                $"The version {_version} of {model}, with which the stream to {Operation} began, was deleted while the connection was lost; "
                    + "open another publisher, which begins with the version that the model has now. "
                    + "Items that are not acknowledged may or may not be stored.",
                exception
            );
        }

        Accept(call.ResponseStream.Current);
        return true;
    }

    /// <summary>Numbers an item when it is first sent, so that unsent items are never in doubt.</summary>
    public V1.PublishRequest ToRequest(Publication item)
    {
        if (item.Request.ProducerSequence == 0)
            item.Request.ProducerSequence = ++_lastSent;
        return item.Request;
    }

    public V1.PublishRequest ToPlaceholder(Publication item) =>
        new() { ProducerSequence = item.Request.ProducerSequence, Image = new V1.Image() };

    public InvalidRequestException TooLarge(Publication item, int bytes, int maxBytes) =>
        item.Request.PartCase == V1.PublishRequest.PartOneofCase.Frame
            ? MessageSize.FrameTooLarge(Operation, bytes, maxBytes)
            : MessageSize.ImageTooLarge(Operation, bytes, maxBytes);

    public Task AnswerAsync(
        Publication item,
        V1.PublishResponse response,
        InvalidRequestException? tooLarge,
        CancellationToken cancellationToken
    )
    {
        if (response.Refusal is { } refusal)
        {
            item.Refuse(tooLarge ?? refusal.ToCodecException());
        }
        else
        {
            // Answers and sequences come in the order of the items; any other answer belongs to another item.
            if (response.Count != item.Codes || response.FirstSequence < _nextSequence)
            {
                throw Broken(
                    $"it acknowledged {response.Count} codes from sequence {response.FirstSequence} on; "
                        + $"expected {item.Codes} from {_nextSequence} or later on"
                );
            }

            _nextSequence = response.FirstSequence + response.Count;
            item.Acknowledge(new Acknowledgement(response.FirstSequence, response.Count));
        }

        _lastAnswered = item.Request.ProducerSequence;
        return Task.CompletedTask;
    }

    private void Accept(V1.PublishResponse response)
    {
        Digest version = ModelMessages.ToDigest(response.Version);
        if (_version is { } pinned && pinned != version)
            throw Broken($"it opened the stream with the version {version} instead of {pinned}");
        if (response.ProducerEpoch < 1 || (_epoch != 0 && response.ProducerEpoch != _epoch))
        {
            string asked = _epoch == 0 ? "a new one" : $"{_epoch}";
            throw Broken($"it opened the stream with the epoch {response.ProducerEpoch} instead of {asked}");
        }

        // Acknowledged items are durable, and unsent items cannot be in the log.
        if (_epoch != 0 && (response.LastProducerSequence < _lastAnswered || response.LastProducerSequence > _lastSent))
        {
            throw Broken(
                $"its log has {response.LastProducerSequence} items of this producer, "
                    + $"but {_lastAnswered} were answered and {_lastSent} were sent"
            );
        }

        if (_epoch == 0)
        {
            _lastAnswered = _lastSent = response.LastProducerSequence;
            // The channel may have been deleted and created again in between.
            _nextSequence = 1;
        }

        (_version, _epoch) = (version, response.ProducerEpoch);
        _opened.TrySetResult(new OpenedStream(version, response.LastProducerSequence));
    }

    private CorruptDataException Broken(string how) =>
        new($"Could not {Operation}: the server at {connection.Options.Address} broke the protocol; {how}.");
}
