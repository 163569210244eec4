using System.Runtime.CompilerServices;
using Codec.Server.Coding;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>One producer's stream: images are encoded and frames checked ahead, stored in order, and acknowledged in order.</summary>
internal sealed class Publication(
    IChannelLog log, ModelHost models, ImageEncoder encoder, FrameDecoder decoder, IOptions<ChannelOptions> options, IOptions<CodingOptions> coding)
    : IDisposable
{
    /// <summary>Longest name of a producer.</summary>
    private const int MaxProducerLength = 128;

    /// <summary>Most bytes of a producer's frame: stored, it grows by its checksum.</summary>
    private const int MaxFrameBytes = ModelLimits.MaxFrameBytes - 4;

    private ChannelRecord? _channel;
    private V1.PublishRequest.Types.Header? _header;
    private ModelLease? _lease;

    private PipelineWindow Window => new(options.Value.PublishWindow, coding.Value.StreamWindowBytes);

    /// <summary>Answers each message once what it brought is durable.</summary>
    /// <param name="requests">The producer's messages; not read further than the window.</param>
    /// <param name="cancellationToken">The producer is gone: what is not stored yet is dropped.</param>
    /// <exception cref="RequestException">As IChannelLog.AppendAsync; InvalidArgument: the stream is not a header, then images or frames.</exception>
    public IAsyncEnumerable<V1.PublishResponse> RunAsync(IAsyncEnumerable<V1.PublishRequest> requests, CancellationToken cancellationToken) =>
        ReadAsync(requests, cancellationToken)
            .SelectAheadAsync(part => EncodeAsync(part, cancellationToken), part => part.Request!.CalculateSize(), Window, CancellationToken.None)
            .SelectAheadAsync(part => AppendAsync(part, cancellationToken), part => part.Run?.Codes.Sum(code => code.Length) ?? 0, Window, CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose() => _lease?.Dispose();

    private static RequestException Malformed(string message) => RequestException.Invalid("part", message);

    /// <summary>Follows the headers; what it yields is started before it goes on, while the lease is still the right one.</summary>
    private async IAsyncEnumerable<Part> ReadAsync(
        IAsyncEnumerable<V1.PublishRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (V1.PublishRequest request in requests)
        {
            yield return request.PartCase switch
            {
                V1.PublishRequest.PartOneofCase.Header => new Part(request) { Answer = await OpenAsync(request.Header, cancellationToken) },
                V1.PublishRequest.PartOneofCase.None => throw Malformed("the message is empty; send a header, an image or a frame."),
                _ when _header is null => throw Malformed("a publishing stream begins with a header."),
                _ when _header.Producer.Length > 0 && request.ProducerSequence < 1 =>
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

        if (_header is not null && (_header.Channel, _header.Producer) != (header.Channel, header.Producer))
        {
            throw Malformed("a stream stays with its channel and producer; open another one.");
        }

        _channel ??= await log.GetAsync(header.Channel, cancellationToken);
        ModelLease lease = await models.AcquireAsync(header.Model, cancellationToken);
        _lease?.Dispose();
        _lease = lease;
        _header = header;
        return new V1.PublishResponse
        {
            Version = lease.Model.Version.Hex,
            LastProducerSequence = header.Producer.Length == 0
                ? 0
                : await log.GetProducerSequenceAsync(_channel.Id, header.Producer, cancellationToken),
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
        if (request.PartCase == V1.PublishRequest.PartOneofCase.Image)
        {
            int quality = _header!.Quality;
            byte[] code = await encoder.EncodeAsync(lease, request.Image, quality, wait: true, cancellationToken);

            // The image is let go: what waits for the disk is its code.
            return part with { Request = null, Run = new CodeRun(lease.Model.Version, quality, [code]) };
        }

        if (request.Frame.Length > MaxFrameBytes)
        {
            throw RequestException.Invalid("frame", $"{request.Frame.Length} bytes; at most {MaxFrameBytes} are allowed.");
        }

        FrameCodes frame = await decoder.SplitAsync(lease, request.Frame.Memory, cancellationToken);
        return part with { Request = null, Run = new CodeRun(lease.Model.Version, frame.Quality, frame.Codes) };
    }

    private async Task<V1.PublishResponse> AppendAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Answer is not null)
        {
            return part.Answer;
        }

        ProducerPosition? position = _header!.Producer.Length == 0 ? null : new(_header.Producer, part.ProducerSequence);
        LogPosition stored = await log.AppendAsync(_channel!.Id, part.Run!, position, cancellationToken);
        return new V1.PublishResponse { FirstSequence = stored.FirstSequence, Count = stored.Count };
    }

    /// <summary>A message on its way: a header with its answer, or an image or frame, then the codes it became.</summary>
    private sealed record Part(V1.PublishRequest? Request)
    {
        public long ProducerSequence { get; } = Request!.ProducerSequence;

        public V1.PublishResponse? Answer { get; init; }

        public CodeRun? Run { get; init; }
    }
}
