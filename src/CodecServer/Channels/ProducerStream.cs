using System.Runtime.CompilerServices;
using Codec.Frames;
using Codec.Models;
using Codec.Server.Coding;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Stores;
using Codec.Server.Telemetry;

namespace Codec.Server.Channels;

/// <summary>
/// One producer's stream. Items are encoded and checked concurrently, up to a window ahead of the answers; they are stored and answered in
/// order.
/// </summary>
internal sealed class ProducerStream(
    IChannelLog log,
    ModelHost models,
    ImageEncoder encoder,
    FrameDecoder decoder,
    ServerMeter meter,
    Payer payer,
    string? owner,
    PipelineWindow window,
    RefusalWriter writeRefusal
) : IAsyncDisposable
{
    /// <summary>Maximum number of characters of a producer's name.</summary>
    private const int MaxProducerLength = 128;

    /// <summary>Maximum number of bytes of a producer's frame: the stored frame is longer by its checksum of 4 bytes.</summary>
    private const int MaxFrameBytes = ModelLimits.MaxFrameBytes - 4;

    private readonly CancellationTokenSource _ended = new();
    private Task? _deletion;
    private string _producerName = "";
    private long _lastProducerSequence;
    private bool _answered;
    private ChannelRecord? _channel;
    private ProducerHeader? _header;
    private ProducerState? _producer;
    private StreamModel? _model;
    private Digest _announced;

    /// <summary>Answers each message: a header when the stream is open, an item when it is durable or refused.</summary>
    /// <param name="messages">
    /// The producer's messages; read no further ahead than the window; once the stream ends, the next message is not awaited.
    /// </param>
    /// <param name="next">Is told about the next answer.</param>
    /// <param name="cancellationToken">Canceled when the producer disconnects; items that are not stored yet are dropped.</param>
    /// <exception cref="RequestException">
    /// As IChannelLog.AppendAsync; InvalidArgument: the stream does not begin with a header, or a header is invalid.
    /// </exception>
    public IAsyncEnumerable<ProducerAnswer> RunAsync(
        IAsyncEnumerable<ProducerMessage> messages,
        NextResult next,
        CancellationToken cancellationToken
    ) =>
        ReadAsync(messages, cancellationToken)
            .SelectAheadAsync(
                part => EncodeAsync(part, cancellationToken),
                part => part.Message!.Bytes,
                window,
                cancellationToken: CancellationToken.None
            )
            .SelectAheadAsync(
                part => StoreAsync(part, cancellationToken),
                part => part.Run?.Bytes ?? 0,
                window,
                next,
                CancellationToken.None
            );

    /// <summary>Records that every message was answered and no further one follows.</summary>
    public void Complete() => _answered = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _ended.Dispose();
        _model?.Dispose();
        if (_producer is { } producer)
        {
            try
            {
                await log.CloseProducerAsync(_channel!.Id, _producerName, producer.Epoch, _answered, CancellationToken.None);
            }
            catch (RequestException)
            {
                // The store is closed or full: a later sweep forgets the producer by its age.
            }
        }
    }

    private static RequestException Malformed(string message) => RequestException.Invalid("part", message);

    /// <summary>
    /// Handles the headers. The pipeline starts the encoding of a yielded item before it asks for the next one, so that the current version
    /// is still the item's. The version is loaded only while items are in work: a silent producer does not keep its place.
    /// </summary>
    private async IAsyncEnumerable<Part> ReadAsync(
        IAsyncEnumerable<ProducerMessage> source,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // The token is canceled when an earlier item ends the stream, and ends the wait for the producer's next message.
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using IAsyncEnumerator<ProducerMessage> messages = source.GetAsyncEnumerator(reading.Token);
        while (await MoveNextAsync(messages, reading))
        {
            switch (messages.Current)
            {
                case ProducerHeader header:
                    yield return new Part(header) { Answer = await OpenAsync(header, cancellationToken) };
                    break;
                case ProducerItem first when _header is null:
                    first.Room?.Dispose();
                    throw Malformed("a publishing stream begins with a header.");
                case ProducerItem { ProducerSequence: < 1 } item when _producer is not null:
                    item.Room?.Dispose();
                    throw RequestException.Invalid(
                        "producer_sequence",
                        $"{item.ProducerSequence}; the items of a named producer have 1, 2 and so on."
                    );
                case ProducerItem item:
                    yield return new Part(item);

                    // The answer to a later header reports the items before it as recorded: answers are in order, so by then they are.
                    _lastProducerSequence = Math.Max(_lastProducerSequence, item.ProducerSequence);
                    break;
            }
        }
    }

    /// <summary>Waits for the producer's next message, or for the deletion of its channel.</summary>
    private async Task<bool> MoveNextAsync(IAsyncEnumerator<ProducerMessage> messages, CancellationTokenSource reading)
    {
        Task<bool> next = messages.MoveNextAsync().AsTask();
        if (_deletion is null || await Task.WhenAny(next, _deletion) == next)
            return await next;

        await reading.CancelAsync();
        await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (next is { IsCompletedSuccessfully: true, Result: true })
            messages.Current.Room?.Dispose();

        throw new RequestException(RequestError.NotFound, "CHANNEL_DELETED", $"The channel '{_channel!.Name}' was deleted.");
    }

    private async Task<ProducerOpened> OpenAsync(ProducerHeader header, CancellationToken cancellationToken)
    {
        if (header.Producer.Length > MaxProducerLength)
        {
            throw RequestException.Invalid(
                "header.producer",
                $"{header.Producer.Length} characters; at most {MaxProducerLength} are allowed."
            );
        }

        if (_header is not null && (_header.Channel, _header.Producer) != (header.Channel, header.Producer))
            throw Malformed("a stream keeps its channel and producer; open another stream for others.");

        if (_channel is null)
        {
            _channel = await log.GetAsync(header.Channel, cancellationToken);
            _deletion = log.WhenDeletedAsync(_channel.Id, _ended.Token);
        }

        // A named producer keeps its version when it opens its stream again.
        _model ??= new StreamModel(
            models,
            VersionChoice.By(header.Producer.Length > 0 ? $"{header.Channel} {header.Producer}" : payer.Flow)
        );
        await _model.NameAsync(header.Model, cancellationToken);
        using ModelLease lease = await _model.AcquireAsync(_model.Version!.Value, cancellationToken);
        _announced = lease.Model.Version;
        lease.RequireQuality("header.quality", header.Quality);
        encoder.RequireEffort("header.effort", header.Effort);
        if (header.Producer.Length > 0 && _producer is null)
        {
            _producerName = header.Producer;
            _producer = await log.OpenProducerAsync(_channel.Id, header.Producer, header.Epoch, header.Transient, owner, cancellationToken);
            _lastProducerSequence = _producer.Value.LastSequence;
        }

        _header = header;
        return new ProducerOpened(_announced, _lastProducerSequence, _producer?.Epoch ?? 0);
    }

    private async Task<Part> EncodeAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Message is not ProducerItem item)
            return part;

        // The producer's own codes are of the version that it knows. An image can be encoded with another one, if that was deleted.
        StreamModel model = _model!;
        Digest version = item is FrameItem ? _announced : model.Version!.Value;
        ProducerHeader header = _header!;
        ModelLease? lease = null;
        try
        {
            lease = await (
                item is FrameItem ? model.AcquireAsync(version, cancellationToken) : model.AcquireOrMoveAsync(version, cancellationToken)
            );
            CodeRun run = await ReadRunAsync(item, lease, header, cancellationToken);
            if (item is ImageItem)
            {
                // Drops the message, so that an image is not kept in memory while its code waits for the disk.
                part.Room?.Dispose();
            }

            return part with
            {
                Message = null,
                Run = run,
                Lease = lease,
            };
        }
        catch (Exception exception)
        {
            lease?.Dispose();
            part.Dispose();
            if (RequestRefusal.OfItem(exception) is not { } refusal)
                throw;

            return part with
            {
                Message = null,
                Refusal = writeRefusal(refusal),
            };
        }
    }

    private async Task<CodeRun> ReadRunAsync(
        ProducerItem item,
        ModelLease lease,
        ProducerHeader header,
        CancellationToken cancellationToken
    )
    {
        switch (item)
        {
            case ImageItem image:
                (int quality, int effort) = (header.Quality, header.Effort);
                byte[][] codes = await encoder.EncodeAsync(payer, lease, image.Image, quality, effort, wait: true, cancellationToken);
                FrameInfo info = image.Info == CodeInfo.None ? FrameInfo.None : new FrameInfo([image.Info]);
                return new CodeRun(lease.Model.Version, quality, [codes[0]], info);
            case FrameItem { Frame.Length: > MaxFrameBytes } frame:
                throw RequestException.Invalid("frame", $"{frame.Frame.Length} bytes; at most {MaxFrameBytes} are allowed.");
            case FrameItem frame:
                FrameCodes split = await decoder.SplitAsync(payer, lease, frame.Frame, cancellationToken);
                return new CodeRun(lease.Model.Version, split.Quality, split.Codes, split.Info);
            case InvalidItem invalid:
                throw invalid.Refusal;
            default:
                throw new InvalidOperationException($"{item.GetType().Name} has no reader.");
        }
    }

    private async Task<ProducerAnswer> StoreAsync(Part part, CancellationToken cancellationToken)
    {
        using Part held = part;
        if (part.Answer is not null)
            return part.Answer;

        using StageTimer timer = meter.Time(Stage.Append);
        ProducerPosition? position = _producer is { } producer ? new(_producerName, producer.Epoch, part.ProducerSequence) : null;
        if (part.Refusal is null)
            return new ItemAnswered(await log.AppendAsync(_channel!.Id, part.Run!, position, cancellationToken));

        return new ItemAnswered(
            position is { } refused
                ? await log.RefuseAsync(_channel!.Id, refused, part.Refusal, cancellationToken)
                : new ItemOutcome(0, 0, part.Refusal)
        );
    }

    /// <summary>A message in the pipeline: a header with its answer; or an item, and later its codes or its refusal.</summary>
    private sealed record Part(ProducerMessage? Message) : IDisposable
    {
        /// <summary>The room of the message, whose bytes a frame's codes borrow until they are stored.</summary>
        public IDisposable? Room { get; } = Message?.Room;

        /// <summary>Keeps the version from being deleted until the codes are stored.</summary>
        public ModelLease? Lease { get; init; }

        public long ProducerSequence { get; } = (Message as ProducerItem)?.ProducerSequence ?? 0;

        public ProducerOpened? Answer { get; init; }

        public CodeRun? Run { get; init; }

        public byte[]? Refusal { get; init; }

        public void Dispose()
        {
            Room?.Dispose();
            Lease?.Dispose();
        }
    }
}
