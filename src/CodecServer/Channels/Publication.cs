using System.Runtime.CompilerServices;
using Codec.Frames;
using Codec.Models;
using Codec.Server.Coding;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>One producer's stream: items are encoded and checked ahead, stored in order, and answered in order.</summary>
internal sealed class Publication(
    IChannelLog log,
    ModelHost models,
    ImageEncoder encoder,
    FrameDecoder decoder,
    IOptions<ChannelOptions> options,
    IOptions<CodingOptions> coding
) : IAsyncDisposable
{
    /// <summary>Longest name of a producer.</summary>
    private const int MaxProducerLength = 128;

    /// <summary>Most bytes of a producer's frame: stored, it grows by its checksum.</summary>
    private const int MaxFrameBytes = ModelLimits.MaxFrameBytes - 4;

    private readonly CancellationTokenSource _ended = new();
    private Task? _deletion;
    private string _producerName = "";
    private long _lastProducerSequence;
    private bool _answered;
    private ChannelRecord? _channel;
    private V1.PublishRequest.Types.Header? _header;
    private ProducerState? _producer;
    private ModelLease? _lease;

    private PipelineWindow Window => new(options.Value.PublishWindow, coding.Value.StreamWindowBytes);

    /// <summary>Answers each message: an item when it is durable, or refused.</summary>
    /// <param name="requests">
    /// The producer's messages; not read further than the window, nor waited for once the stream's end is decided.
    /// </param>
    /// <param name="cancellationToken">The producer is gone: what is not stored yet is dropped.</param>
    /// <exception cref="RequestException">As IChannelLog.AppendAsync; InvalidArgument: the stream is not a header, then items.</exception>
    public IAsyncEnumerable<V1.PublishResponse> RunAsync(
        IAsyncEnumerable<V1.PublishRequest> requests,
        CancellationToken cancellationToken
    ) =>
        ReadAsync(requests, cancellationToken)
            .SelectAheadAsync(
                part => EncodeAsync(part, cancellationToken),
                part => part.Request!.CalculateSize(),
                Window,
                CancellationToken.None
            )
            .SelectAheadAsync(part => StoreAsync(part, cancellationToken), part => part.Run?.Bytes ?? 0, Window, CancellationToken.None);

    /// <summary>Says that everything was answered and no more comes.</summary>
    public void Complete() => _answered = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _ended.Dispose();
        _lease?.Dispose();
        if (_producer is { } producer)
        {
            try
            {
                await log.CloseProducerAsync(_channel!.Id, _producerName, producer.Epoch, _answered, CancellationToken.None);
            }
            catch (RequestException)
            {
                // The store is closed or full: age forgets the producer.
            }
        }
    }

    private static RequestException Malformed(string message) => RequestException.Invalid("part", message);

    /// <summary>Follows the headers; what it yields is started before it goes on, while the lease is still the right one.</summary>
    private async IAsyncEnumerable<Part> ReadAsync(
        IAsyncEnumerable<V1.PublishRequest> requests,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // The token ends the wait for the producer's next message when an item before it ends the stream.
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using IAsyncEnumerator<V1.PublishRequest> messages = requests.GetAsyncEnumerator(reading.Token);
        while (await MoveNextAsync(messages, reading))
        {
            V1.PublishRequest request = messages.Current;
            yield return request.PartCase switch
            {
                V1.PublishRequest.PartOneofCase.Header => new Part(request) { Answer = await OpenAsync(request.Header, cancellationToken) },
                V1.PublishRequest.PartOneofCase.None => throw Malformed("the message is empty; send a header, an image or a frame."),
                _ when _header is null => throw Malformed("a publishing stream begins with a header."),
                _ when _producer is not null && request.ProducerSequence < 1 => throw RequestException.Invalid(
                    "producer_sequence",
                    $"{request.ProducerSequence}; a named producer counts from 1."
                ),
                _ => new Part(request),
            };

            // What comes before a later header is recorded by the time that the header is answered.
            _lastProducerSequence = Math.Max(_lastProducerSequence, request.ProducerSequence);
        }
    }

    /// <summary>Waits for the producer's next message, or for the deletion of its channel.</summary>
    private async Task<bool> MoveNextAsync(IAsyncEnumerator<V1.PublishRequest> messages, CancellationTokenSource reading)
    {
        Task<bool> next = messages.MoveNextAsync().AsTask();
        if (_deletion is null || await Task.WhenAny(next, _deletion) == next)
        {
            return await next;
        }

        await reading.CancelAsync();
        await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new RequestException(RequestError.NotFound, "CHANNEL_DELETED", $"The channel '{_channel!.Name}' was deleted.");
    }

    private async Task<V1.PublishResponse> OpenAsync(V1.PublishRequest.Types.Header header, CancellationToken cancellationToken)
    {
        if (header.Producer.Length > MaxProducerLength)
        {
            throw RequestException.Invalid(
                "header.producer",
                $"{header.Producer.Length} characters; at most {MaxProducerLength} are allowed."
            );
        }

        Require.Range("header.producer_epoch", header.ProducerEpoch, long.MaxValue);
        if (_header is not null && (_header.Channel, _header.Producer) != (header.Channel, header.Producer))
        {
            throw Malformed("a stream stays with its channel and producer; open another one.");
        }

        if (_channel is null)
        {
            _channel = await log.GetAsync(Require.Name("header.channel", header.Channel), cancellationToken);
            _deletion = log.WhenDeletedAsync(_channel.Id, _ended.Token);
        }

        ModelLease lease = await models.AcquireAsync(header.Model, cancellationToken);
        _lease?.Dispose();
        _lease = lease;
        Require.Range("header.quality", header.Quality, lease.Model.Manifest.Qualities.Count - 1);
        if (header.Producer.Length > 0 && _producer is null)
        {
            _producerName = header.Producer;
            _producer = await log.OpenProducerAsync(
                _channel.Id,
                header.Producer,
                header.ProducerEpoch,
                header.TransientProducer,
                cancellationToken
            );
            _lastProducerSequence = _producer.Value.LastSequence;
        }

        _header = header;
        return new V1.PublishResponse
        {
            Version = lease.Model.Version.Hex,
            LastProducerSequence = _lastProducerSequence,
            ProducerEpoch = _producer?.Epoch ?? 0,
        };
    }

    private async Task<Part> EncodeAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Answer is not null)
        {
            return part;
        }

        using ModelLease lease = _lease!.Share();
        V1.PublishRequest request = part.Request!;
        try
        {
            // The image is let go: what waits for the disk is its code.
            return part with { Request = null, Run = await ReadRunAsync(request, lease, _header!.Quality, cancellationToken) };
        }
        catch (Exception exception) when (RequestRefusal.OfItem(exception) is { } refusal)
        {
            return part with { Request = null, Refusal = refusal.ToStatus() };
        }
    }

    private async Task<CodeRun> ReadRunAsync(V1.PublishRequest request, ModelLease lease, int quality, CancellationToken cancellationToken)
    {
        if (request.PartCase == V1.PublishRequest.PartOneofCase.Image)
        {
            CodeInfo info = Require.Info(request.Info);
            byte[] code = await encoder.EncodeAsync(lease, request.Image, quality, wait: true, cancellationToken);
            return new CodeRun(lease.Model.Version, quality, [code], info == CodeInfo.None ? FrameInfo.None : new FrameInfo([info]));
        }

        if (request.Frame.Length > MaxFrameBytes)
        {
            throw RequestException.Invalid("frame", $"{request.Frame.Length} bytes; at most {MaxFrameBytes} are allowed.");
        }

        if (request.Info is not null)
        {
            throw RequestException.Invalid(
                "info",
                "it is set beside a frame, which says itself what is known of its codes (docs/format.md)."
            );
        }

        FrameCodes frame = await decoder.SplitAsync(lease, request.Frame.Memory, cancellationToken);
        return new CodeRun(lease.Model.Version, frame.Quality, frame.Codes, frame.Info);
    }

    private async Task<V1.PublishResponse> StoreAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Answer is not null)
        {
            return part.Answer;
        }

        ProducerPosition? position = _producer is { } producer ? new(_header!.Producer, producer.Epoch, part.ProducerSequence) : null;
        if (part.Refusal is null)
        {
            return ToAnswer(await log.AppendAsync(_channel!.Id, part.Run!, position, cancellationToken));
        }

        return position is { } refused
            ? ToAnswer(await log.RefuseAsync(_channel!.Id, refused, part.Refusal.ToByteArray(), cancellationToken))
            : new V1.PublishResponse { Refusal = part.Refusal };
    }

    private static V1.PublishResponse ToAnswer(PublicationRecord record) =>
        record.Refusal is { } refusal
            ? new V1.PublishResponse { Refusal = Google.Rpc.Status.Parser.ParseFrom(refusal) }
            : new V1.PublishResponse { FirstSequence = record.FirstSequence, Count = record.Count };

    /// <summary>A message on its way: a header with its answer; or an item, then the codes that it became, or its refusal.</summary>
    private sealed record Part(V1.PublishRequest? Request)
    {
        public long ProducerSequence { get; } = Request!.ProducerSequence;

        public V1.PublishResponse? Answer { get; init; }

        public CodeRun? Run { get; init; }

        public Google.Rpc.Status? Refusal { get; init; }
    }
}
