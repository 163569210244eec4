using System.Threading.Channels;
using Codec.Client.Transport;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Images;

/// <summary>
/// The terms of encoding a stream. Encoding is pure, so an image may be sent twice as long as the version stays the same.
/// </summary>
internal sealed class EncodeTerms(ServiceConnection connection, string model, int quality, ChannelWriter<EncodeResult> results)
    : IExchangeTerms<ImageSource, V1.EncodeRequest, V1.EncodeResponse>
{
    private Digest? _version = ModelReference.Parse(model).Version;

    // Built once, not for each image: it has the version's digest.
    private string? _reference;
    private long _answered;

    public string Operation => $"encode with {model}";

    public string Method => "codec.v1.CodecService/EncodeStream";

    public AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> Open(CallOptions options) =>
        connection.Coding.EncodeStream(options);

    public Task<bool> GreetAsync(AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    public V1.EncodeRequest ToRequest(ImageSource item) =>
        new()
        {
            Model = _reference ?? model,
            Quality = quality,
            Image = item.Message,
        };

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
            : new EncodeResult(_answered, Pin(response.ToEncodedImage()), null);
        _answered++;
        await results.WriteAsync(result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Fixes the version with the first code, so that an alias that moves while the connection is restored does not mix versions.
    /// </summary>
    private EncodedImage Pin(EncodedImage image)
    {
        if (_version is { } version && version != image.Version)
        {
            throw new CorruptDataException(
                $"Could not {Operation}: the server encoded with the version {image.Version} instead of {version}."
            );
        }

        if (_version is null)
        {
            _version = image.Version;
            _reference = ModelMessages.Pin(model, _version);
        }

        return image;
    }
}

/// <summary>Converts messages to images.</summary>
internal static class ImageMessages
{
    public static EncodedImage ToEncodedImage(this V1.EncodeResponse response) =>
        new(ModelMessages.ToDigest(response.Version), response.Quality, response.Code.Memory);
}
