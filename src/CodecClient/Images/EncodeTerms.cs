using System.Buffers;
using System.Threading.Channels;
using Codec.Client.Transport;
using Codec.Models;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Client.Images;

/// <summary>
/// The terms of encoding a stream. Encoding is pure, so an image may be sent twice as long as the version stays the same.
/// </summary>
internal sealed class EncodeTerms(ServiceConnection connection, string model, int quality, int effort, ChannelWriter<EncodeResult> results)
    : IExchangeTerms<ImageSource, V1.EncodeRequest, V1.EncodeResponse>
{
    /// <summary>Samples of several images in one message: a message of 64 KiB counts as small on the server.</summary>
    private const int MaxJoinedBytes = 60 << 10;

    private Digest? _version = ModelReference.Parse(model).Version;

    // Built once, not for each image: it has the version's digest.
    private string? _reference;
    private string _versionText = "";
    private long _answered;

    // The samples of a message of several images.
    private readonly ArrayBufferWriter<byte> _samples = new();

    public string Operation => $"encode with {model}";

    public string Method => "codec.v1.CodecService/EncodeStream";

    public AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> Open(CallOptions options) =>
        connection.Coding.EncodeStream(options);

    public Task<bool> GreetAsync(AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    /// <summary>Pixels of one size join, while their message is one that the server counts as small.</summary>
    public bool Joins(IReadOnlyList<ImageSource> items, ImageSource next) =>
        next.Message.Pixels is { } pixels
        && items[0].Message.Pixels is { } first
        && (pixels.Width, pixels.Height, pixels.Channels) == (first.Width, first.Height, first.Channels)
        && (items.Count + 1) * first.Data.Length <= MaxJoinedBytes;

    public V1.EncodeRequest ToRequest(IReadOnlyList<ImageSource> items) =>
        new()
        {
            Model = _reference ?? model,
            Quality = quality,
            Effort = effort,
            Image = items.Count == 1 ? items[0].Message : Join(items),
            Images = items.Count == 1 ? 0 : items.Count,
        };

    public IReadOnlyList<V1.EncodeResponse> Split(V1.EncodeResponse response, int items)
    {
        if (response.Refusal is not null)
            return [.. Enumerable.Repeat(response, items)];
        if (response.CodeLengths.Count != items || response.CodeLengths.Sum(length => (long)length) != response.Code.Length)
        {
            throw new CorruptDataException(
                $"Could not {Operation}: the server answered {items} images with {response.CodeLengths.Count} codes of "
                    + $"{response.CodeLengths.Sum(length => (long)length)} bytes in {response.Code.Length}."
            );
        }

        var parts = new V1.EncodeResponse[items];
        int start = 0;
        for (int i = 0; i < items; i++)
        {
            int length = (int)response.CodeLengths[i];
            parts[i] = new V1.EncodeResponse
            {
                Version = response.Version,
                Quality = response.Quality,
                // A copy, so that a code which its caller keeps does not keep the others.
                Code = ByteString.CopyFrom(response.Code.Span.Slice(start, length)),
            };
            start += length;
        }

        return parts;
    }

    public V1.EncodeRequest ToPlaceholder(ImageSource item) =>
        new()
        {
            Model = _reference ?? model,
            Quality = quality,
            Image = new V1.Image(),
        };

    public InvalidRequestException TooLarge(ImageSource item, int bytes, int maxBytes) =>
        MessageSize.ImageTooLarge(Operation, bytes, maxBytes);

    public CodecException? Withhold(ImageSource item) => null;

    public CodecException? Overcome(RpcException failure) => null;

    public async Task AnswerAsync(
        ImageSource item,
        V1.EncodeResponse response,
        CodecException? withheld,
        CancellationToken cancellationToken
    )
    {
        EncodeResult result = response.Refusal is { } refusal
            ? new EncodeResult(_answered, null, withheld ?? refusal.ToCodecException())
            : new EncodeResult(_answered, new EncodedImage(Pin(response.Version), response.Quality, response.Code.Memory), null);
        _answered++;
        await results.WriteAsync(result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Fixes the version with the first code, so that an alias that moves while the connection is restored does not mix versions.
    /// </summary>
    private Digest Pin(string text)
    {
        if (_version is { } known && text == _versionText)
            return known;

        Digest version = ModelMessages.ToDigest(text);
        if (_version is { } pinned && pinned != version)
            throw new CorruptDataException($"Could not {Operation}: the server encoded with the version {version} instead of {pinned}.");

        (_version, _versionText) = (version, text);
        _reference = ModelMessages.Pin(model, _version);
        return version;
    }

    private V1.Image Join(IReadOnlyList<ImageSource> items)
    {
        _samples.ResetWrittenCount();
        foreach (ImageSource item in items)
            _samples.Write(item.Message.Pixels.Data.Span);
        V1.Pixels first = items[0].Message.Pixels;
        return new V1.Image
        {
            Pixels = new V1.Pixels
            {
                Width = first.Width,
                Height = first.Height,
                Channels = first.Channels,
                Data = UnsafeByteOperations.UnsafeWrap(_samples.WrittenMemory),
            },
        };
    }
}

/// <summary>Converts messages to images.</summary>
internal static class ImageMessages
{
    public static EncodedImage ToEncodedImage(this V1.EncodeResponse response) =>
        new(ModelMessages.ToDigest(response.Version), response.Quality, response.Code.Memory);
}
