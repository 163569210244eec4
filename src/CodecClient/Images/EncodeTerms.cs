using System.Threading.Channels;
using Codec.Client.Transport;
using Grpc.Core;

namespace Codec.Client.Images;

/// <summary>Encoding a stream of images: pure, so an image sent twice does no harm as long as the version stays the same.</summary>
internal sealed class EncodeTerms(ServiceConnection connection, string model, int quality, ChannelWriter<EncodedImage> encoded)
    : IExchangeTerms<ImageSource, V1.EncodeRequest, V1.EncodeResponse>
{
    private Digest? _version;

    public string Operation => $"encode with {model}";

    public AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> Open(CallOptions options) => connection.Coding.EncodeStream(options);

    public Task GreetAsync(AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call, CancellationToken cancellationToken) => Task.CompletedTask;

    public V1.EncodeRequest ToRequest(ImageSource item) => new() { Model = ModelReference.Pin(model, _version), Quality = quality, Image = item.Message };

    public async Task AnswerAsync(ImageSource item, V1.EncodeResponse response, CancellationToken cancellationToken)
    {
        EncodedImage image = response.ToEncodedImage();
        // From the first answer on: an alias that moves while the connection is restored must not mix versions.
        _version = image.Version;
        await encoded.WriteAsync(image, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>From the protos' messages to images.</summary>
internal static class ImageMessages
{
    public static EncodedImage ToEncodedImage(this V1.EncodeResponse response) =>
        new(ModelMessages.ToDigest(response.Version), response.Quality, response.Code.Memory);
}
