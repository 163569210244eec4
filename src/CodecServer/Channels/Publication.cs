using System.Runtime.CompilerServices;
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
    IOptions<CodingOptions> coding,
    TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>Longest name of a producer.</summary>
    private const int MaxProducerLength = 128;

    /// <summary>Most bytes of a producer's frame: stored, it grows by its checksum.</summary>
    private const int MaxFrameBytes = ModelLimits.MaxFrameBytes - 4;

    private readonly CancellationTokenSource _ended = new();
    private Task _remembering = Task.CompletedTask;
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
    public IAsyncEnumerable<V1.PublishResponse> RunAsync(IAsyncEnumerable<V1.PublishRequest> requests, CancellationToken cancellationToken) =>
        ReadAsync(requests, cancellationToken)
            .SelectAheadAsync(part => EncodeAsync(part, cancellationToken), part => part.Request!.CalculateSize(), Window, CancellationToken.None)
            .SelectAheadAsync(
                part => StoreAsync(part, cancellationToken), part => part.Run?.Codes.Sum(code => code.Length) ?? 0, Window, CancellationToken.None);

    /// <summary>Says that everything was answered and no more comes: a transient producer is forgotten.</summary>
    public async Task CloseAsync()
    {
        if (_producer is { } producer && _header!.TransientProducer)
        {
            await log.CloseProducerAsync(_channel!.Id, _header.Producer, producer.Epoch, CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _remembering;
        _ended.Dispose();
        _lease?.Dispose();
    }

    private static RequestException Malformed(string message) => RequestException.Invalid("part", message);

    /// <summary>Follows the headers; what it yields is started before it goes on, while the lease is still the right one.</summary>
    private async IAsyncEnumerable<Part> ReadAsync(
        IAsyncEnumerable<V1.PublishRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The token ends the wait for the producer's next message when an item behind this ends the stream.
        await foreach (V1.PublishRequest request in requests.WithCancellation(cancellationToken))
        {
            yield return request.PartCase switch
            {
                V1.PublishRequest.PartOneofCase.Header => new Part(request) { Answer = await OpenAsync(request.Header, cancellationToken) },
                V1.PublishRequest.PartOneofCase.None => throw Malformed("the message is empty; send a header, an image or a frame."),
                _ when _header is null => throw Malformed("a publishing stream begins with a header."),
                _ when _producer is not null && request.ProducerSequence < 1 =>
                    throw RequestException.Invalid("producer_sequence", $"{request.ProducerSequence}; a named producer counts from 1."),
                _ => new Part(request),
            };
        }
    }

    private async Task<V1.PublishResponse> OpenAsync(V1.PublishRequest.Types.Header header, CancellationToken cancellationToken)
    {
        if (header.Producer.Length > MaxProducerLength)
        {
            throw RequestException.Invalid("header.producer", $"{header.Producer.Length} characters; at most {MaxProducerLength} are allowed.");
        }

        Require.Range("header.producer_epoch", header.ProducerEpoch, long.MaxValue);
        if (_header is not null && (_header.Channel, _header.Producer) != (header.Channel, header.Producer))
        {
            throw Malformed("a stream stays with its channel and producer; open another one.");
        }

        _channel ??= await log.GetAsync(Require.Name("header.channel", header.Channel), cancellationToken);
        ModelLease lease = await models.AcquireAsync(header.Model, cancellationToken);
        _lease?.Dispose();
        _lease = lease;
        Require.Range("header.quality", header.Quality, lease.Model.Manifest.Qualities.Count - 1);
        if (header.Producer.Length > 0)
        {
            // A later header of the stream goes on with the epoch that the first was given.
            _producer = await log.OpenProducerAsync(
                _channel.Id, header.Producer, _producer?.Epoch ?? header.ProducerEpoch, header.TransientProducer, cancellationToken);
            if (_header is null)
            {
                _remembering = RememberAsync(_channel.Id, header, _producer.Value.Epoch, _ended.Token);
            }
        }

        _header = header;
        return new V1.PublishResponse
        {
            Version = lease.Model.Version.Hex,
            LastProducerSequence = _producer?.LastSequence ?? 0,
            ProducerEpoch = _producer?.Epoch ?? 0,
        };
    }

    /// <summary>Keeps the producer remembered for as long as its stream is open, however long it is silent. Never throws.</summary>
    private async Task RememberAsync(long channel, V1.PublishRequest.Types.Header header, long epoch, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(options.Value.TransientProducerMinutes / 3.0), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await log.OpenProducerAsync(channel, header.Producer, epoch, header.TransientProducer, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RequestException)
        {
            // The stream ended; or it was fenced, or its channel deleted, which its next item is answered with.
        }
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
            throw RequestException.Invalid("info", "it is set beside a frame, which says itself what is known of its codes (docs/format.md).");
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

    private static V1.PublishResponse ToAnswer(PublicationRecord record) => record.Refusal is { } refusal
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
