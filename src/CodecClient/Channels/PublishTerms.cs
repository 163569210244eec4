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
internal sealed class PublishTerms(
    ServiceConnection connection,
    string channel,
    string model,
    int quality,
    int effort,
    string producer,
    bool transient
) : IExchangeTerms<Publication, V1.PublishRequest, V1.PublishResponse>
{
    private readonly TaskCompletionSource<OpenedStream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _isAlias = ModelReference.Parse(model).Version is null;

    // The version of the present stream, which a restored one names; null if the next stream takes what the reference names.
    private Digest? _version = ModelReference.Parse(model).Version;
    private long _epoch;
    private long _lastSent;
    private long _lastAnswered;
    private long _nextSequence = 1;

    /// <summary>The answer to the first opening of the stream.</summary>
    public Task<OpenedStream> Opened => _opened.Task;

    private Digest FirstVersion => _opened.Task.Result.Version;

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
            Effort = effort,
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

        if (!await call.MoveNextAsync(cancellationToken).ConfigureAwait(false))
            throw ServiceConnection.EndedEarly($"The stream to {Operation}");
        Accept(call.ResponseStream.Current);
        return true;
    }

    /// <summary>None: each item has its own number.</summary>
    public bool Joins(IReadOnlyList<Publication> items, Publication next) => false;

    public IReadOnlyList<V1.PublishResponse> Split(V1.PublishResponse response, int items) => [response];

    /// <summary>Numbers an item when it is first sent, so that unsent items are never in doubt.</summary>
    public V1.PublishRequest ToRequest(IReadOnlyList<Publication> items)
    {
        Publication item = items[0];
        if (item.Request.ProducerSequence == 0)
            item.Request.ProducerSequence = ++_lastSent;
        return item.Request;
    }

    /// <summary>
    /// Withholds codes after their version was deleted: under another version they would decode to other pixels. Images go on.
    /// </summary>
    public CodecException? Withhold(Publication item) =>
        item.Request.PartCase != V1.PublishRequest.PartOneofCase.Frame || _version == FirstVersion
            ? null
            : new NotFoundException(
                $"The version {FirstVersion} of {model}, with which this publisher into {channel} opened, was deleted; its codes "
                    + $"cannot be stored any more. Open another publisher, and encode them with {_version}."
            );

    public V1.PublishRequest ToPlaceholder(Publication item) =>
        new() { ProducerSequence = item.Request.ProducerSequence, Image = new V1.Image() };

    public InvalidRequestException TooLarge(Publication item, int bytes, int maxBytes) =>
        item.Request.PartCase == V1.PublishRequest.PartOneofCase.Frame
            ? MessageSize.FrameTooLarge(Operation, bytes, maxBytes)
            : MessageSize.ImageTooLarge(Operation, bytes, maxBytes);

    public Task AnswerAsync(Publication item, V1.PublishResponse response, CodecException? withheld, CancellationToken cancellationToken)
    {
        if (response.Refusal is { } refusal)
        {
            item.Refuse(withheld ?? refusal.ToCodecException());
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

    public CodecException? Overcome(RpcException failure)
    {
        CodecException known = failure.ToCodecException();
        string? happened = null;
        if (known is ProducerForgottenException && _epoch != 0 && _lastAnswered == _lastSent)
        {
            // Every sent item is answered, so none is in doubt: later items can be sent as a new producer.
            _epoch = 0;
            happened = "The server forgot the producer";
        }
        else if (_isAlias && known is NotFoundException && _version is { } version && Names(known, version))
        {
            // Deleted by force. The producer and its numbers stay, so that items which the log has are not stored again.
            _version = null;
            happened = $"The version {version} of {model} was deleted";
        }

        return happened is null
            ? null
            : new UnavailableException(failure.StatusCode, $"{happened}; the stream to {Operation} is opened again.", failure)
            {
                IsTransient = true,
            };
    }

    private static bool Names(CodecException failure, Digest version) => failure.Message.Contains(version.Hex, StringComparison.Ordinal);

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
