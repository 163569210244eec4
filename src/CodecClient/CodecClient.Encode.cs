using Codec.Client.Images;
using Codec.Client.Transport;
using Codec.Models;

namespace Codec.Client;

public sealed partial class CodecClient
{
    /// <summary>Encodes one image on the server.</summary>
    /// <param name="image">The image.</param>
    /// <param name="model">A model reference.</param>
    /// <param name="quality">Index into the model's quantizer steps: 0 is the fewest bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="InvalidRequestException">
    /// The image or the quality does not fit the model, or the image is larger than the server takes.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public async Task<EncodedImage> EncodeAsync(ImageSource image, string model, int quality, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ModelReference.Parse(model);
        V1.EncodeResponse response = await _connection
            .CallAsync(
                $"encode with {model}",
                options =>
                    _connection.Coding.EncodeAsync(
                        new V1.EncodeRequest
                        {
                            Image = image.Message,
                            Model = model,
                            Quality = quality,
                        },
                        options
                    ),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return response.ToEncodedImage();
    }

    /// <summary>
    /// Encodes images on the server as a stream, all with one version; a lost connection is restored and nothing is lost.
    /// </summary>
    /// <param name="images">
    /// The images; read ahead by up to <see cref="CodecClientOptions.MaxInFlight"/> and <see cref="CodecClientOptions.MaxInFlightBytes"/>.
    /// </param>
    /// <param name="model">A model reference, resolved with the first image.</param>
    /// <param name="quality">Index into the model's quantizer steps: 0 is the fewest bytes.</param>
    /// <param name="cancellationToken">Ends the stream, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The codes in the order of the images; an image that the server refuses does not stop the others. What the images themselves throw is
    /// thrown here too. Each enumeration encodes anew.
    /// </returns>
    /// <exception cref="UnavailableException">
    /// Something that was sent had no answer for <see cref="CodecClientOptions.CallTimeout"/>, connected or not. Time in which the results
    /// wait to be taken does not count.
    /// </exception>
    /// <exception cref="CodecException">The call failed for good.</exception>
    public IAsyncEnumerable<EncodeResult> EncodeAllAsync(
        IAsyncEnumerable<ImageSource> images,
        string model,
        int quality,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ModelReference.Parse(model);
        return Pump.RunAsync<EncodeResult>(
            Options.MaxInFlight,
            (results, token) => new EncodeStream(_connection, model, quality).RunAsync(images, results, token),
            cancellationToken
        );
    }
}
